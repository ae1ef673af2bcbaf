-- One row a week and series, weeks without posts included; $by is channel, lang, mda or category.
-- The series 'none' has what stands under no code: no agency, or no channel because it is confidential.
WITH said AS (
    SELECT
        date_trunc('week', created_date)::DATE AS week_date,
        coalesce(CASE $by WHEN 'channel' THEN channel WHEN 'lang' THEN lang WHEN 'mda' THEN mda ELSE category END, 'none')
            AS series,
        n_posts
    FROM mart_daily
)
SELECT w.week_date, s.series, coalesce(sum(said.n_posts), 0)::BIGINT AS n_posts
FROM mart_weeks AS w
CROSS JOIN (SELECT DISTINCT series FROM said) AS s
LEFT JOIN said USING (week_date, series)
GROUP BY ALL
ORDER BY w.week_date, s.series
