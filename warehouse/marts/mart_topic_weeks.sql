-- Grain: one row a topic and week of mart_weeks, weeks without posts included.
WITH said AS (
    SELECT topic_id, date_trunc('week', created_date)::DATE AS week_date, count(*) AS n_posts
    FROM mart_posts
    WHERE topic_id IS NOT NULL
    GROUP BY ALL
)
SELECT t.topic_id, w.week_date, coalesce(s.n_posts, 0) AS n_posts
FROM topics AS t
CROSS JOIN mart_weeks AS w
LEFT JOIN said AS s ON s.topic_id = t.topic_id AND s.week_date = w.week_date
ORDER BY t.topic_id, w.week_date
