-- Grain: one row an official answer that holds: the question and the texts by language as a person approved them, since
-- when, and how often it was asked since, by the question that it answers or by the posts of its case.
WITH members AS (
    SELECT f.answer_id, m.post_id FROM mart_faqs AS f JOIN faq_members AS m USING (faq_id) WHERE f.answer_id IS NOT NULL
    UNION
    SELECT answer_id, unnest(post_ids) FROM official_answers
)
SELECT
    CASE WHEN o.mda IN (SELECT code FROM names WHERE kind = 'agency') THEN o.mda ELSE 'none' END AS mda,
    o.question,
    o.texts,
    o.approved_at::DATE                                                     AS approved_on,
    protect(count(DISTINCT p.post_id), count(DISTINCT p.submitter))         AS n_since
FROM official_answers AS o
LEFT JOIN members AS m USING (answer_id)
LEFT JOIN behind_posts AS p ON p.post_id = m.post_id AND p.said_at > o.approved_at
GROUP BY o.answer_id, o.mda, o.question, o.texts, o.approved_at
ORDER BY o.approved_at DESC, o.question
