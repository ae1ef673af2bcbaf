-- One row a post that is quoted of a topic, newest first.
SELECT created_at, channel, lang, mda, district, text
FROM mart_topic_quotes
WHERE topic_id = $topic_id
ORDER BY created_at DESC, post_id
