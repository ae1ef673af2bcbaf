-- One row an agency that has matters, most first: how many, how many of them go there by themselves, how many are
-- confidential.
SELECT * FROM mart_issue_agencies ORDER BY n_matters DESC, mda
