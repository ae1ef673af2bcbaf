-- One row a post in its newest version, earliest first: what merging reads. Coordinates stay in landing.
SELECT
    p.post_id,
    p.text,
    coalesce(p.gloss, p.text) AS gloss,
    p.lang,
    p.created_at,
    p.district,
    l.lat,
    l.lon,
    p.submitter_id,
    p.kind,
    p.category,
    p.is_confidential,
    p.embedding
FROM current_posts AS p LEFT JOIN landing AS l USING (landing_id)
ORDER BY p.created_at NULLS LAST, p.landing_id
