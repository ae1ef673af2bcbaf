-- One row a group of $groups: its route, what the surest post gives as candidates and reasons, all agencies that any post
-- accuses, the vector of the earliest post, and the posts, earliest first. `receipt` is the reference of a submission to
-- the portal; whatever else people wrote has a `url`, where its source tells one.
-- Erased posts are not among them: nobody can answer those.
WITH said AS (
    SELECT
        g.group_id, p.post_id, p.text, p.lang, p.created_at, p.source, p.district, p.candidates, p.reasons, p.accused,
        p.landing_id, p.embedding, p.is_formal,
        CASE WHEN l.source = 'portal' THEN l.source_id END AS receipt,
        CASE WHEN l.source <> 'portal' THEN l.url END AS url,
        row_number() OVER (
            PARTITION BY g.group_id ORDER BY p.confidence DESC, p.created_at NULLS LAST, p.landing_id
        ) = 1 AS is_surest,
        row_number() OVER (PARTITION BY g.group_id ORDER BY p.created_at NULLS LAST, p.landing_id) = 1 AS is_first
    FROM group_members AS g
    JOIN current_posts AS p USING (post_id)
    JOIN landing AS l USING (landing_id)
    WHERE g.group_id IN (SELECT unnest($groups)) AND p.text <> ''
)
SELECT
    r.group_id,
    r.mda,
    r.category,
    r.urgency,
    r.is_confidential,
    r.confidence,
    r.model,
    any_value(said.candidates) FILTER (is_surest)       AS candidates,
    any_value(said.reasons) FILTER (is_surest)          AS reasons,
    any_value(said.embedding) FILTER (is_first)         AS embedding,
    list_sort(list_distinct(flatten(list(accused))))    AS accused,
    list(
        {
            'post_id': post_id, 'text': text, 'lang': lang, 'said_at': created_at, 'source': source,
            'district': district, 'receipt': receipt, 'url': url
        } ORDER BY created_at NULLS LAST, said.landing_id
    )                                                   AS posts
FROM routes AS r
JOIN said USING (group_id)
GROUP BY r.group_id, r.mda, r.category, r.urgency, r.is_confidential, r.confidence, r.model
HAVING bool_or(said.is_formal)
ORDER BY min(created_at) NULLS LAST, r.group_id
