-- Grain: one row a district, category, agency and day of the last 91 days that had posts. Confidential posts have no
-- place, so there are none here; posts that tell no place stand under 'unknown'.
SELECT
    coalesce(district, 'unknown')                                                           AS district,
    category,
    coalesce(mda, 'none')                                                                   AS mda,
    created_date                                                                            AS said_date,
    count(*)                                                                                AS n_posts
FROM mart_posts JOIN mart_clock AS c ON created_date BETWEEN c.latest_date - 90 AND c.latest_date
WHERE NOT is_confidential
GROUP BY ALL
ORDER BY ALL
