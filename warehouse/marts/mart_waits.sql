-- Grain: one row an agency ('none' for none), days that its cases waited for their first answer or have waited so far,
-- whether an answer ended that, and how long those have been open that wait for an answer now, since they were opened or
-- last appealed against (null for the others). All in working days. What is open waits until the last moment of which
-- anything is known: posts may stop coming while cases wait. Of a confidential case only weeks are known: between their
-- Mondays it is counted.
WITH known AS (
    SELECT greatest(
        (SELECT as_of_at FROM mart_clock), max(opened_at), max(first_answered_at), max(closed_at), max(appealed_at)
    ) AS known_at
    FROM mart_cases
),
waited AS (
    SELECT
        coalesce(mda, 'none')                                   AS mda,
        opened_at::DATE                                         AS opened_on,
        coalesce(appealed_at, opened_at)::DATE                  AS since,
        CASE
            WHEN is_confidential THEN date_trunc('week', coalesce(first_answered_at, closed_at, known_at))
            ELSE coalesce(first_answered_at, closed_at, known_at)
        END::DATE                                               AS until,
        CASE WHEN is_confidential THEN date_trunc('week', known_at) ELSE known_at END::DATE AS now,
        first_answered_at IS NOT NULL                           AS is_ended,
        closed_at IS NULL AND NOT is_answered                   AS is_open,
        is_answered,
        sends_elsewhere,
        appeals
    FROM mart_cases CROSS JOIN known
)
SELECT
    mda,
    greatest(until_day.nth - opened_day.nth, 0)                 AS days,
    is_ended,
    CASE WHEN is_open THEN greatest(now_day.nth - since_day.nth, 0) END AS days_open,
    count(*)                                                    AS n_cases,
    count(*) FILTER (is_answered)                               AS n_answered,
    count(*) FILTER (is_answered AND sends_elsewhere)           AS n_elsewhere,
    count(*) FILTER (appeals > 0)                               AS n_appealed
FROM waited
LEFT JOIN working_days AS opened_day ON opened_day.day = opened_on
LEFT JOIN working_days AS until_day ON until_day.day = until
LEFT JOIN working_days AS since_day ON since_day.day = since
LEFT JOIN working_days AS now_day ON now_day.day = now
GROUP BY ALL
ORDER BY ALL
