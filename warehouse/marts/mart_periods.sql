-- Grain: one row a period of all series, periods without posts included: the last 26 weeks at most (Monday), and all
-- months (first day) where the posts reach further back (see mart_clock).
WITH starts AS (
    SELECT
        'week'                                                                              AS unit,
        greatest(date_trunc('week', first_date), date_trunc('week', latest_date) - INTERVAL 25 WEEK) AS first_at,
        date_trunc('week', latest_date)                                                     AS last_at,
        INTERVAL 7 DAY                                                                      AS step
    FROM mart_clock
    UNION ALL
    SELECT 'month', date_trunc('month', first_date), date_trunc('month', latest_date), INTERVAL 1 MONTH
    FROM mart_clock
    WHERE unit = 'month'
)
SELECT unit, unnest(generate_series(first_at, last_at, step))::DATE AS period_date
FROM starts
ORDER BY unit, period_date
