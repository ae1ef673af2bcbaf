-- One row a topic with its weekly counts in order of weeks, most growth in the last seven days first.
SELECT t.*, w.weekly_posts
FROM mart_topics AS t
JOIN (SELECT topic_id, list(n_posts ORDER BY week_date) AS weekly_posts FROM mart_topic_weeks GROUP BY topic_id) AS w
    USING (topic_id)
ORDER BY n_last_7_days - n_previous_7_days DESC, n_posts DESC, topic_id
