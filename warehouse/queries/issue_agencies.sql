-- One row an agency that has matters, most first: how many, how many of them go there by themselves, how many are
-- confidential.
SELECT
    coalesce(mda, 'none')                   AS mda,
    count(*)                                AS n_matters,
    count(*) FILTER (route = 'auto')        AS n_auto,
    count(*) FILTER (is_confidential)       AS n_confidential
FROM mart_issues
GROUP BY ALL
ORDER BY n_matters DESC, mda
