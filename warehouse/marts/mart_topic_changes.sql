-- Grain: one row a topic that ended in another one (merged) or began out of another one (split), ever since.
SELECT changed_at, kind, topic_id, other_id
FROM topic_changes
ORDER BY changed_at, kind, topic_id, other_id
