-- One row a topic that the machine found: the topic it is shown as.
SELECT part_id, topic_id, label, n_posts FROM mart_topic_parts ORDER BY part_id
