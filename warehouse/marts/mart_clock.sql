-- Grain: one row: when this publication speaks and whose days it counts. Built first: other marts read it.
-- All days and weeks (Monday first) of the marts are those of `timezone`. `as_of_at` is when the newest post was
-- fetched, not when it says it was written: one post with a wild date moves nothing. Weekly series start no earlier
-- than two years before it.
SELECT
    current_setting('TimeZone')                                             AS timezone,
    max(fetched_at)                                                         AS as_of_at,
    max(fetched_at)::DATE                                                   AS as_of_date,
    date_trunc('week', max(fetched_at)::DATE - INTERVAL 2 YEAR)::DATE       AS earliest_week_date
FROM current_posts
