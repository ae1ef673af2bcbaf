-- One row a change that a topic came out of, newest first: what joined it, or what it was part of.
SELECT changed_at, kind, CASE WHEN topic_id = $topic_id THEN other_id ELSE topic_id END AS other_id
FROM mart_topic_changes
WHERE (kind = 'split' AND topic_id = $topic_id) OR (kind = 'merged' AND other_id = $topic_id)
ORDER BY changed_at DESC, other_id
