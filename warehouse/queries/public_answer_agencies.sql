-- One row an agency with official answers.
SELECT DISTINCT mda FROM public_answers ORDER BY mda
