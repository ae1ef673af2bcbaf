-- Grain: one row a whole month and category with ten submitters or more. What is not listed was said by fewer.
SELECT month, category, protect(count(*), count(DISTINCT submitter)) AS n
FROM behind_posts
WHERE month + INTERVAL 1 MONTH <= counted_until()
    AND month >= (SELECT date_trunc('month', first_date) FROM mart_clock)
GROUP BY month, category
HAVING n IS NOT NULL
ORDER BY month, category
