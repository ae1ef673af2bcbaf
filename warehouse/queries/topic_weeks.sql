-- One row a week of a topic.
SELECT week_date, n_posts FROM mart_topic_weeks WHERE topic_id = $topic_id ORDER BY week_date
