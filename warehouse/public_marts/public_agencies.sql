-- Grain: one row an agency, whether anything was received or not: its cases so far, and how many of them were ever
-- answered; of those opened ten working days ago or longer (`n_due`, without what repeats another case or was taken
-- back) how many were answered within ten; how many were closed without an answer.
SELECT
    a.code                                                                                          AS mda,
    protect(count(DISTINCT c.reference), count(DISTINCT c.submitter))                               AS n_received,
    protect(
        count(DISTINCT c.reference) FILTER (c.is_answered), count(DISTINCT c.submitter) FILTER (c.is_answered)
    )                                                                                               AS n_answered,
    protect(
        count(DISTINCT c.reference) FILTER (is_due(n_age, is_answered, end_state)),
        count(DISTINCT c.submitter) FILTER (is_due(n_age, is_answered, end_state))
    )                                                                                               AS n_due,
    protect(
        count(DISTINCT c.reference) FILTER (is_due(n_age, is_answered, end_state) AND is_in_time(n_waited, is_answered)),
        count(DISTINCT c.submitter) FILTER (is_due(n_age, is_answered, end_state) AND is_in_time(n_waited, is_answered))
    )                                                                                               AS n_in_time,
    share_of(n_in_time, n_due)                                                                      AS in_time,
    protect(
        count(DISTINCT c.reference) FILTER (c.end_state IS NOT NULL AND NOT c.is_answered),
        count(DISTINCT c.submitter) FILTER (c.end_state IS NOT NULL AND NOT c.is_answered)
    )                                                                                               AS n_unanswered
FROM names AS a LEFT JOIN behind_cases AS c ON c.mda = a.code
WHERE a.kind = 'agency'
GROUP BY a.code
ORDER BY a.code
