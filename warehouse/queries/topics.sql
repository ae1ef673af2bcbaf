-- One row a topic with its counts in order of periods: bursting ones first, the least likely by chance before all, then
-- most growth. Fewer than five posts in the last seven days are chance, no growth.
SELECT
    t.*,
    CASE WHEN n_last_7_days >= 5 THEN greatest(n_last_7_days - n_previous_7_days, 0) ELSE 0 END AS n_grown,
    p.n_posts_by_period
FROM mart_topics AS t
JOIN (
    SELECT topic_id, list(n_posts ORDER BY period_date) AS n_posts_by_period FROM mart_topic_periods GROUP BY topic_id
) AS p USING (topic_id)
ORDER BY is_bursting DESC, CASE WHEN is_bursting THEN burst_p END, n_grown DESC, n_posts DESC, topic_id
