-- One row a period of a topic.
SELECT period_date, n_posts FROM mart_topic_periods WHERE topic_id = $topic_id ORDER BY period_date
