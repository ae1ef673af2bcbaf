-- One row a group of posts: the suggestion of its surest post that has words. The most urgent post speaks for all, and so does the one
-- that a person must decide: a post for review, a confidential one, one that accuses the agency of the suggestion.
WITH said AS (
    SELECT
        g.group_id, p.mda, p.category, p.route, p.confidence, p.urgency, p.is_formal, p.is_confidential, p.accused, p.model,
        row_number() OVER (
            PARTITION BY g.group_id ORDER BY p.text = '', p.confidence DESC, p.created_at NULLS LAST, p.landing_id
        ) AS place
    FROM group_members AS g JOIN current_posts AS p USING (post_id)
),
groups AS (
    SELECT
        group_id,
        max(CASE urgency WHEN 'emergency' THEN 2 WHEN 'urgent' THEN 1 ELSE 0 END)   AS urgency,
        bool_or(is_formal)                                                          AS is_formal,
        bool_or(is_confidential)                                                    AS is_confidential,
        bool_or(route <> 'auto')                                                    AS has_review,
        flatten(list(accused))                                                      AS accused
    FROM said
    GROUP BY group_id
)
SELECT
    groups.group_id,
    surest.mda,
    surest.category,
    CASE
        WHEN groups.has_review OR groups.is_confidential OR list_contains(groups.accused, surest.mda) THEN 'review'
        ELSE 'auto'
    END                                                                             AS route,
    surest.confidence,
    ['normal', 'urgent', 'emergency'][groups.urgency + 1]                           AS urgency,
    groups.is_formal,
    groups.is_confidential,
    surest.model
FROM groups JOIN said AS surest ON surest.group_id = groups.group_id AND surest.place = 1
ORDER BY groups.group_id
