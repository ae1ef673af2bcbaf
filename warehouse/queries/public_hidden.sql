-- One row a reason and month, or all time (no month).
SELECT * FROM public_hidden ORDER BY kind, month
