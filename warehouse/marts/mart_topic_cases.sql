-- Grain: one row a topic and case that holds one of its posts; confidential cases are counted in mart_topics only.
WITH held AS (
    SELECT unnest(post_ids) AS post_id, reference, state, mda, category, opened_at, answered_at, closed_at
    FROM cases
    WHERE NOT is_confidential
)
SELECT
    topic_id,
    reference,
    any_value(state)                    AS state,
    any_value(held.mda)                 AS mda,
    any_value(held.category)            AS category,
    any_value(opened_at)                AS opened_at,
    bool_or(answered_at IS NOT NULL)    AS is_answered,
    bool_or(closed_at IS NOT NULL)      AS is_closed,
    count(*)                            AS n_posts
FROM held JOIN mart_posts AS p USING (post_id)
WHERE topic_id IS NOT NULL
GROUP BY topic_id, reference
ORDER BY topic_id, opened_at DESC, reference
