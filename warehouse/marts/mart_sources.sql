-- Grain: one row a source that was ever read. `state` is how its last read ended: ok, unavailable, refused or
-- unreadable; the sentence behind it is not published. Times are those of posts, so a read that brought nothing
-- changes no row; confidential posts lend no time. `n_invented` counts the posts of the bundled sample: its social part is
-- a source of its own, its formal part has receipts that no submission gets.
WITH said AS (
    SELECT
        source,
        count(*)                                                             AS n_posts,
        count(*) FILTER (
            source = 'sample-social' OR (source = 'portal' AND l.source_id LIKE 'SAMPLE-%')
        )                                                                    AS n_invented,
        max(coalesce(p.created_at, p.fetched_at)) FILTER (NOT is_confidential) AS newest_post_at,
        max(p.fetched_at)                                                    AS last_new_at
    FROM current_posts AS p LEFT JOIN landing AS l USING (landing_id, source)
    GROUP BY source
),
pulled AS (
    SELECT source, arg_max(kind, pull_id) AS kind, arg_max(state, pull_id) AS state
    FROM pulls GROUP BY source
)
SELECT source, kind, coalesce(n_posts, 0) AS n_posts, coalesce(n_invented, 0) AS n_invented, newest_post_at, last_new_at, state
FROM pulled FULL JOIN said USING (source)
ORDER BY source
