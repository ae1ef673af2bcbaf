-- One row a post of $post_ids: what a case keeps of it.
SELECT
    p.post_id,
    p.text,
    p.lang,
    p.created_at                                        AS said_at,
    p.source,
    p.district,
    CASE WHEN l.source <> 'portal' THEN l.url END       AS url,
    p.embedding
FROM current_posts AS p JOIN landing AS l USING (landing_id)
WHERE p.post_id IN (SELECT unnest($post_ids))
