-- Grain: one row a source that was ever read. Times of pulls that brought nothing are left out: they change no figure.
WITH said AS (
    SELECT source, count(*) AS n_posts, max(coalesce(created_at, fetched_at)) AS newest_post_at, max(fetched_at) AS last_new_at
    FROM current_posts GROUP BY source
),
pulled AS (
    SELECT source, arg_max(kind, pull_id) AS kind, nullif(arg_max(coalesce(failure, ''), pull_id), '') AS failure
    FROM pulls GROUP BY source
)
SELECT source, kind, coalesce(n_posts, 0) AS n_posts, newest_post_at, last_new_at, failure
FROM pulled FULL JOIN said USING (source)
ORDER BY source
