-- One row a case of a topic that is not confidential, open ones first, newest first; 50 at most.
SELECT reference, state, mda, category, opened_at, is_answered, n_posts
FROM mart_topic_cases
WHERE topic_id = $topic_id
ORDER BY is_closed, opened_at DESC, reference
LIMIT 50
