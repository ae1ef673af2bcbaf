-- Grain: one row a group of posts that say the same: one matter, and where the pipeline would send it. `text` is that of
-- the earliest post; `reasons` and `candidates` are those of the surest one, whose suggestion the route is (see
-- group_routes); `case_reference` is the newest case that holds one of its posts.
WITH held AS (
    SELECT unnest(post_ids) AS post_id, reference, opened_at FROM cases
),
posts AS (
    SELECT
        g.group_id, g.of, p.submitter_id, p.district, p.text, p.lang, m.created_at, p.reasons, p.candidates,
        p.accused, held.reference, held.opened_at,
        bool_or(p.is_confidential) OVER (PARTITION BY g.group_id) AS is_confidential,
        row_number() OVER (
            PARTITION BY g.group_id ORDER BY p.text = '', p.confidence DESC, p.created_at NULLS LAST, p.landing_id
        ) = 1 AS is_surest
    FROM group_members AS g JOIN current_posts AS p USING (post_id) JOIN mart_posts AS m USING (post_id)
    LEFT JOIN held USING (post_id)
)
SELECT
    r.group_id,
    r.mda,
    r.category,
    r.route,
    r.confidence,
    r.urgency,
    r.is_formal,
    p.is_confidential,
    count(*)                                                                                AS n_posts,
    count(DISTINCT p.submitter_id)                                                          AS n_voices,
    count(*) FILTER (p.submitter_id IS NULL)                                                AS n_without_author,
    min(p.created_at)                                                                       AS first_at,
    max(p.created_at)                                                                       AS last_at,
    CASE WHEN NOT p.is_confidential THEN any_value(p.district) END                          AS district,
    CASE WHEN NOT p.is_confidential THEN any_value(nullif(p.text, '')) FILTER (p.of IS NULL) END AS text,
    CASE WHEN NOT p.is_confidential THEN any_value(p.reasons) FILTER (p.is_surest) END      AS reasons,
    CASE WHEN NOT p.is_confidential THEN any_value(p.candidates) FILTER (p.is_surest) END   AS candidates,
    CASE WHEN NOT p.is_confidential THEN list_sort(list_distinct(flatten(list(p.accused)))) END AS accused,
    CASE WHEN NOT p.is_confidential THEN arg_max(p.reference, (p.opened_at, p.reference)) END AS case_reference,
    mode(p.lang ORDER BY p.lang)                                                            AS lang
FROM routes AS r
JOIN posts AS p USING (group_id)
GROUP BY r.group_id, r.mda, r.category, r.route, r.confidence, r.urgency, r.is_formal, p.is_confidential
ORDER BY last_at DESC, r.group_id
