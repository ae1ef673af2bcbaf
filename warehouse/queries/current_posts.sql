-- One row a post in its newest version, earliest first: what merging reads. Coordinates stay in landing. Posts without
-- words ($is_erased) are asked for apart. A vector by a model of another width than the newest one's says nothing.
WITH width AS (
    SELECT coalesce(arg_max(len(embedding), enriched_at), 0) AS of_newest FROM enriched WHERE text <> ''
)
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
    CASE
        WHEN len(p.embedding) = of_newest THEN p.embedding
        ELSE list_resize([]::FLOAT[], of_newest, 0::FLOAT)
    END AS embedding
FROM current_posts AS p CROSS JOIN width LEFT JOIN landing AS l USING (landing_id)
WHERE (p.text = '') = $is_erased
ORDER BY p.created_at NULLS LAST, p.landing_id
