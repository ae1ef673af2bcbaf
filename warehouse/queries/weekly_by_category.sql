-- One row a week (Monday) and category: posts.
SELECT date_trunc('week', created_date)::DATE AS week_date, coalesce(category, 'none') AS series, sum(n_posts)::BIGINT AS n_posts
FROM mart_daily
GROUP BY ALL
ORDER BY week_date, series
