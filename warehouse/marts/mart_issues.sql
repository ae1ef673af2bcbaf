-- Grain: one row a group of posts that say the same: one matter, and where the pipeline would send it.
SELECT
    r.group_id,
    r.mda,
    r.category,
    r.route,
    r.confidence,
    r.urgency,
    r.is_formal,
    r.is_confidential,
    count(*)                                                AS n_posts,
    count(DISTINCT coalesce(p.submitter_id, ''))            AS n_voices,
    min(m.created_at)                                       AS first_at,
    max(m.created_at)                                       AS last_at,
    CASE WHEN NOT r.is_confidential THEN any_value(p.district) END                    AS district,
    CASE WHEN NOT r.is_confidential THEN any_value(p.text) FILTER (g.of IS NULL) END  AS text,
    CASE WHEN NOT r.is_confidential THEN any_value(p.reasons) FILTER (g.of IS NULL) END AS reasons,
    CASE WHEN NOT r.is_confidential THEN any_value(p.candidates) FILTER (g.of IS NULL) END AS candidates,
    mode(p.lang)                                            AS lang
FROM routes AS r
JOIN group_members AS g USING (group_id)
JOIN current_posts AS p USING (post_id)
JOIN mart_posts AS m USING (post_id)
GROUP BY r.group_id, r.mda, r.category, r.route, r.confidence, r.urgency, r.is_formal, r.is_confidential
ORDER BY last_at DESC, r.group_id
