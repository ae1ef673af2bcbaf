-- One row an official answer to a topic, newest first.
SELECT answer_id, mda, question, texts, approved_at
FROM mart_topic_answers
WHERE topic_id = $topic_id
ORDER BY approved_at DESC, answer_id
LIMIT 20
