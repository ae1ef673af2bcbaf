-- Grain: one row a unit (week or month), period, dimension (channel, lang, mda or category) and series that had posts. The
-- series 'none' has what stands under no code: no agency, or no channel because it is confidential.
WITH said AS (
    SELECT * FROM mart_daily JOIN mart_clock ON created_date BETWEEN first_date AND latest_date
),
cut AS (
    SELECT created_date, n_posts, 'channel' AS dimension, channel AS series FROM said
    UNION ALL
    SELECT created_date, n_posts, 'lang', lang FROM said
    UNION ALL
    SELECT created_date, n_posts, 'mda', mda FROM said
    UNION ALL
    SELECT created_date, n_posts, 'category', category FROM said
)
SELECT
    u.unit,
    date_trunc(u.unit, created_date)::DATE      AS period_date,
    dimension,
    coalesce(series, 'none')                    AS series,
    sum(n_posts)::BIGINT                        AS n_posts
FROM cut CROSS JOIN (VALUES ('week'), ('month')) AS u (unit)
GROUP BY ALL
ORDER BY ALL
