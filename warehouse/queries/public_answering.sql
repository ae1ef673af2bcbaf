-- One row an agency, those that answered the fewest of what they received first, what is masked as none.
SELECT * FROM public_agencies
ORDER BY n_received IS NULL, coalesce(n_answered, 0) / n_received, n_received DESC, mda
