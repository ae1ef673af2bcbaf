-- Grain: one row a topic and period over all time (see mart_clock), periods without posts included.
WITH said AS (
    SELECT topic_id, date_trunc(c.unit, created_date)::DATE AS period_date, count(*) AS n_posts
    FROM mart_posts JOIN mart_clock AS c ON created_date BETWEEN c.first_date AND c.latest_date
    WHERE topic_id IS NOT NULL
    GROUP BY ALL
)
SELECT t.topic_id, p.period_date, coalesce(s.n_posts, 0) AS n_posts
FROM (SELECT DISTINCT topic_id FROM topic_parts) AS t
CROSS JOIN (FROM mart_periods SEMI JOIN mart_clock USING (unit)) AS p
LEFT JOIN said AS s USING (topic_id, period_date)
ORDER BY t.topic_id, p.period_date
