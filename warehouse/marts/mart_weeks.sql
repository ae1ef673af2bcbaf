-- Grain: one row a week (Monday) of all weekly series, weeks without posts included: from the first week with a post
-- to the week as of which is published, and never more than two years (see mart_clock).
WITH bounds AS (
    SELECT
        any_value(c.earliest_week_date)                         AS earliest_week_date,
        date_trunc('week', any_value(c.as_of_date))::DATE       AS last_week_date,
        min(date_trunc('week', p.created_date)::DATE)
            FILTER (p.created_date BETWEEN c.earliest_week_date AND c.as_of_date) AS first_week_date
    FROM mart_clock AS c LEFT JOIN mart_posts AS p ON TRUE
)
SELECT unnest(range(
    coalesce(first_week_date, last_week_date)::TIMESTAMP, last_week_date::TIMESTAMP + INTERVAL 1 DAY, INTERVAL 7 DAY
))::DATE AS week_date
FROM bounds
ORDER BY week_date
