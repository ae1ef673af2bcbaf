-- Grain: one row a topic and official answer whose case holds one of its posts.
WITH held AS (
    SELECT answer_id, mda, question, texts, approved_at, unnest(post_ids) AS post_id FROM official_answers
)
SELECT DISTINCT topic_id, answer_id, held.mda, question, texts, approved_at
FROM held JOIN mart_posts AS p USING (post_id)
WHERE topic_id IS NOT NULL
ORDER BY topic_id, approved_at DESC, answer_id
