-- One row a week (Monday) of the last 91 days with the posts from a district and of a category ('' for all), weeks without
-- posts included, from the first day of which any post tells.
WITH weeks AS (
    SELECT unnest(generate_series(
        date_trunc('week', greatest(first_date, latest_date - 90)), date_trunc('week', latest_date), INTERVAL 7 DAY
    ))::DATE AS period_date
    FROM mart_clock
)
SELECT w.period_date, coalesce(sum(d.n_posts), 0)::BIGINT AS n_posts
FROM weeks AS w LEFT JOIN mart_district_days AS d
    ON date_trunc('week', d.said_date)::DATE = w.period_date
    AND d.district = $district AND ($category = '' OR d.category = $category)
GROUP BY ALL ORDER BY w.period_date
