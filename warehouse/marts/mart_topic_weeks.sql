-- Grain: one row a topic and week (Monday) from the first post of all to the last, weeks without posts included.
WITH weeks AS (
    SELECT unnest(range(
        date_trunc('week', min(coalesce(created_at, fetched_at))::DATE)::TIMESTAMP,
        max(coalesce(created_at, fetched_at))::DATE::TIMESTAMP + INTERVAL 1 DAY,
        INTERVAL 7 DAY
    ))::DATE AS week_date
    FROM current_posts
),
said AS (
    SELECT m.topic_id, date_trunc('week', coalesce(p.created_at, p.fetched_at)::DATE)::DATE AS week_date, count(*) AS n_posts
    FROM topic_members AS m JOIN current_posts AS p USING (post_id)
    GROUP BY ALL
)
SELECT t.topic_id, w.week_date, coalesce(s.n_posts, 0) AS n_posts
FROM topics AS t
CROSS JOIN weeks AS w
LEFT JOIN said AS s ON s.topic_id = t.topic_id AND s.week_date = w.week_date
ORDER BY t.topic_id, w.week_date
