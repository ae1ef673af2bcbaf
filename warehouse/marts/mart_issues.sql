-- Grain: one row a group of posts that say the same: one matter, and where the pipeline would send it. `text` is that of
-- the earliest post; `reasons` and `candidates` are those of the surest one, whose suggestion the route is (see
-- group_routes); `case_reference` is the newest case that holds one of its posts. `nth` counts from the most urgent and
-- newest on, `nth_of_agency` among those of one agency: rows lie in that order, so that a page of them is read, not sorted.
WITH held AS (
    SELECT unnest(post_ids) AS post_id, reference, opened_at FROM cases
),
matters AS MATERIALIZED (
    SELECT
        g.group_id,
        bool_or(p.is_confidential)                                                          AS is_confidential,
        count(*)                                                                            AS n_posts,
        count(DISTINCT p.submitter_id)                                                      AS n_voices,
        count(*) FILTER (p.submitter_id IS NULL)                                            AS n_without_author,
        min(m.created_at)                                                                   AS first_at,
        max(m.created_at)                                                                   AS last_at,
        any_value(p.district)                                                               AS district,
        list_sort(list_distinct(flatten(list(p.accused))))                                  AS accused,
        arg_max(held.reference, (held.opened_at, held.reference))                           AS case_reference,
        mode(p.lang ORDER BY p.lang)                                                        AS lang,
        any_value(p.landing_id) FILTER (g.of IS NULL)                                       AS first_id,
        arg_min(p.landing_id, (
            p.text = '', -p.confidence, coalesce(p.created_at, 'infinity'::TIMESTAMPTZ), p.landing_id
        ))                                                                                  AS surest_id
    FROM group_members AS g JOIN current_posts AS p USING (post_id) JOIN mart_posts AS m USING (post_id)
    LEFT JOIN held USING (post_id)
    GROUP BY g.group_id
),
ranked AS (
    SELECT
        r.group_id,
        r.mda,
        row_number() OVER (
            ORDER BY CASE r.urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END, m.last_at DESC, r.group_id
        )                                                                                   AS nth
    FROM routes AS r JOIN matters AS m USING (group_id)
),
ordered AS (
    SELECT
        r.*, m.* EXCLUDE (group_id, is_confidential), m.is_confidential AS is_hidden, n.nth, n.nth_of_agency
    FROM (SELECT group_id, nth, row_number() OVER (PARTITION BY mda ORDER BY nth) AS nth_of_agency FROM ranked) AS n
    JOIN routes AS r USING (group_id) JOIN matters AS m USING (group_id)
)
SELECT
    o.group_id,
    o.mda,
    o.category,
    o.route,
    o.confidence,
    o.urgency,
    o.is_formal,
    o.is_hidden                                                                             AS is_confidential,
    o.n_posts,
    o.n_voices,
    o.n_without_author,
    o.first_at,
    o.last_at,
    CASE WHEN NOT o.is_hidden THEN o.district END                                           AS district,
    CASE WHEN NOT o.is_hidden THEN nullif(first.text, '') END                               AS text,
    CASE WHEN NOT o.is_hidden THEN surest.reasons END                                       AS reasons,
    CASE WHEN NOT o.is_hidden THEN surest.candidates END                                    AS candidates,
    CASE WHEN NOT o.is_hidden THEN o.accused END                                            AS accused,
    CASE WHEN NOT o.is_hidden THEN o.case_reference END                                     AS case_reference,
    o.lang,
    o.nth,
    o.nth_of_agency
FROM ordered AS o
LEFT JOIN enriched AS first ON first.landing_id = o.first_id
LEFT JOIN enriched AS surest ON surest.landing_id = o.surest_id
ORDER BY o.nth
