-- One row a category of the newest month of which anything may be told, most first.
SELECT * FROM public_months WHERE month = (SELECT max(month) FROM public_months) ORDER BY n DESC, category
