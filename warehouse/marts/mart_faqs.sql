-- Grain: one row a question that was asked by two posts or more.
SELECT
    f.faq_id,
    f.question,
    mode(p.mda ORDER BY p.mda)                                AS mda,
    list(DISTINCT p.lang ORDER BY p.lang)                     AS langs,
    count(*)                                                  AS n_asked,
    count(DISTINCT p.submitter_id)                            AS n_voices,
    count(*) FILTER (p.submitter_id IS NULL)                  AS n_without_author,
    min(coalesce(p.created_at, p.fetched_at))                 AS first_at,
    max(coalesce(p.created_at, p.fetched_at))                 AS last_at,
    list(p.text ORDER BY p.created_at, p.post_id)[:10]        AS variants
FROM faqs AS f
JOIN faq_members USING (faq_id)
JOIN current_posts AS p USING (post_id)
GROUP BY f.faq_id, f.question
ORDER BY n_asked DESC, f.faq_id
