-- One row a period and series, periods without posts included; $by is channel, lang, mda or category, $unit week or
-- month. The series 'none' has what stands under no code: no agency, or no channel because it is confidential.
WITH said AS (
    SELECT
        date_trunc($unit, created_date)::DATE AS period_date,
        coalesce(CASE $by WHEN 'channel' THEN channel WHEN 'lang' THEN lang WHEN 'mda' THEN mda ELSE category END, 'none')
            AS series,
        n_posts
    FROM mart_daily JOIN mart_clock ON created_date BETWEEN first_date AND latest_date
)
SELECT p.period_date, s.series, coalesce(sum(said.n_posts), 0)::BIGINT AS n_posts
FROM mart_periods AS p
CROSS JOIN (SELECT DISTINCT series FROM said) AS s
LEFT JOIN said USING (period_date, series)
WHERE p.unit = $unit
GROUP BY ALL
ORDER BY p.period_date, s.series
