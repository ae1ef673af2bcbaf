-- One row a category that had posts in a window of $days.
SELECT category, sum(n_posts)::BIGINT AS n_posts FROM mart_districts
WHERE days = $days AND category <> '' GROUP BY category HAVING sum(n_posts) > 0 ORDER BY n_posts DESC, category
