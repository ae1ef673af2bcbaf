-- One row an agency that has matters, most first.
SELECT coalesce(mda, 'none') AS mda, count(*) AS n_matters FROM mart_issues GROUP BY ALL ORDER BY n_matters DESC, mda
