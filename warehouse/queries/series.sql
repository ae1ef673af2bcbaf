-- One row a period and series, periods without posts included; $by is channel, lang, mda or category, $unit week or
-- month.
WITH said AS (
    SELECT period_date, series, n_posts FROM mart_series WHERE dimension = $by AND unit = $unit
)
SELECT p.period_date, s.series, coalesce(said.n_posts, 0) AS n_posts
FROM mart_periods AS p
CROSS JOIN (SELECT DISTINCT series FROM mart_series WHERE dimension = $by) AS s
LEFT JOIN said USING (period_date, series)
WHERE p.unit = $unit
ORDER BY p.period_date, s.series
