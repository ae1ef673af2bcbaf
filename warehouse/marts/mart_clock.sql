-- Grain: one row: when this publication speaks and which days it tells of. Built first: other marts read it.
-- All days, weeks (Monday first) and months of the marts are those of `timezone`. `as_of_at` is when the newest post was
-- fetched. Series run from `first_date` to `latest_date`, the oldest and the newest date that a post gives, but no date
-- is believed that lies after `as_of_at` by more than a day (a clock that runs fast) or more than ten years before
-- `latest_date`: one post with a wild date moves nothing. Of a confidential post the Monday of its week counts.
-- `unit` is how series over all that time are cut: weeks, or months where those would be more than 26 weeks.
WITH said AS (
    SELECT
        CASE WHEN is_confidential THEN date_trunc('week', created_at) ELSE created_at END::DATE AS said_date,
        created_at,
        fetched_at
    FROM current_posts
),
bounds AS (
    SELECT
        max(fetched_at)                                                                     AS as_of_at,
        coalesce(
            max(said_date) FILTER (created_at <= (SELECT max(fetched_at) FROM said) + INTERVAL 1 DAY),
            max(fetched_at)::DATE
        )                                                                                   AS latest_date
    FROM said
),
dates AS (
    SELECT
        as_of_at,
        latest_date,
        (
            SELECT coalesce(min(said_date), latest_date) FROM said
            WHERE said_date BETWEEN latest_date - INTERVAL 10 YEAR AND latest_date
        )                                                                                   AS first_date
    FROM bounds
)
SELECT
    current_setting('TimeZone')                                                             AS timezone,
    as_of_at,
    first_date,
    latest_date,
    CASE
        WHEN date_trunc('week', first_date) < date_trunc('week', latest_date) - INTERVAL 25 WEEK THEN 'month'
        ELSE 'week'
    END                                                                                     AS unit
FROM dates
