-- Grain: one row a post, its newest version. Confidential posts give counts only: no text, no place, no reasons.
SELECT
    p.post_id,
    p.submitter_id,
    p.source,
    p.channel,
    p.is_formal,
    coalesce(p.created_at, p.fetched_at)          AS created_at,
    coalesce(p.created_at, p.fetched_at)::DATE    AS created_date,
    p.lang,
    CASE WHEN NOT p.is_confidential THEN p.text END     AS text,
    p.category,
    p.mda,
    p.confidence,
    p.route,
    p.kind,
    p.urgency,
    p.is_confidential,
    CASE WHEN NOT p.is_confidential THEN p.district END AS district,
    CASE WHEN NOT p.is_confidential THEN p.reasons END  AS reasons,
    p.model,
    g.group_id,
    g.match,
    t.topic_id
FROM current_posts AS p
LEFT JOIN group_members AS g USING (post_id)
LEFT JOIN topic_members AS t USING (post_id)
ORDER BY created_at, post_id
