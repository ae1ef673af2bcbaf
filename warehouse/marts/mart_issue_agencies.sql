-- Grain: one row an agency that has matters ('none' for none): how many, how many of them go there by themselves, how many
-- are confidential.
WITH matters AS (
    SELECT group_id, bool_or(is_confidential) AS is_confidential FROM mart_posts GROUP BY group_id
)
SELECT
    coalesce(r.mda, 'none')                 AS mda,
    count(*)                                AS n_matters,
    count(*) FILTER (r.route = 'auto')      AS n_auto,
    count(*) FILTER (m.is_confidential)     AS n_confidential
FROM routes AS r JOIN matters AS m USING (group_id)
GROUP BY ALL
ORDER BY mda
