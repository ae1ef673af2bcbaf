-- Grain: one row a language. Contributions and those that went to an agency without a person; cases that a person
-- decided and those that were corrected; cases due and answered in time (see public_agencies); the working days after
-- which half had an answer (Kaplan and Meier, see warehouse/responses.py), with its interval of 95 %; a bound that cannot
-- be told is null.
WITH langs AS (SELECT unnest(['en', 'fr', 'crs']) AS lang),
posts AS (
    SELECT
        lang,
        protect(count(*), count(DISTINCT submitter))                                                AS n_contributions,
        protect(count(*) FILTER (route = 'auto'), count(DISTINCT submitter) FILTER (route = 'auto')) AS n_auto
    FROM behind_posts GROUP BY lang
),
of_cases AS (
    SELECT
        lang,
        protect(count(DISTINCT reference), count(DISTINCT submitter))                               AS n_cases,
        protect(
            count(DISTINCT reference) FILTER (is_decided), count(DISTINCT submitter) FILTER (is_decided)
        )                                                                                           AS n_decided,
        protect(
            count(DISTINCT reference) FILTER (is_decided AND is_corrected),
            count(DISTINCT submitter) FILTER (is_decided AND is_corrected)
        )                                                                                           AS n_corrected,
        protect(
            count(DISTINCT reference) FILTER (is_due(n_age, is_answered, end_state)),
            count(DISTINCT submitter) FILTER (is_due(n_age, is_answered, end_state))
        )                                                                                           AS n_due,
        protect(
            count(DISTINCT reference) FILTER (is_due(n_age, is_answered, end_state) AND is_in_time(n_waited, is_answered)),
            count(DISTINCT submitter) FILTER (is_due(n_age, is_answered, end_state) AND is_in_time(n_waited, is_answered))
        )                                                                                           AS n_in_time
    FROM behind_cases GROUP BY lang
)
SELECT
    langs.lang,
    n_contributions,
    n_auto,
    share_of(n_auto, n_contributions)                           AS auto,
    n_cases,
    n_decided,
    n_corrected,
    share_of(n_corrected, n_decided)                            AS corrected,
    n_due,
    n_in_time,
    share_of(n_in_time, n_due)                                  AS in_time,
    CASE WHEN n_cases IS NOT NULL THEN w.median END             AS median_days,
    CASE WHEN n_cases IS NOT NULL THEN w.low END                AS median_low,
    CASE WHEN n_cases IS NOT NULL THEN w.high END               AS median_high
FROM langs LEFT JOIN posts USING (lang) LEFT JOIN of_cases USING (lang) LEFT JOIN behind_waits AS w USING (lang)
ORDER BY langs.lang
