-- Grain: one row a source that was ever read. `state` is how its last read ended: ok, unavailable, refused or
-- unreadable; the sentence behind it is not published. Times are those of posts, so a read that brought nothing
-- changes no row; confidential posts lend no time.
WITH said AS (
    SELECT
        source,
        count(*)                                                             AS n_posts,
        max(coalesce(created_at, fetched_at)) FILTER (NOT is_confidential)   AS newest_post_at,
        max(fetched_at)                                                      AS last_new_at
    FROM current_posts
    GROUP BY source
),
pulled AS (
    SELECT source, arg_max(kind, pull_id) AS kind, arg_max(state, pull_id) AS state
    FROM pulls GROUP BY source
)
SELECT source, kind, coalesce(n_posts, 0) AS n_posts, newest_post_at, last_new_at, state
FROM pulled FULL JOIN said USING (source)
ORDER BY source
