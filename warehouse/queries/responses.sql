-- One row a case of an agency ('' for all, also those of none): what its wait for a first answer is reckoned from.
SELECT
    coalesce(mda, 'none') AS mda, opened_at, first_answered_at, closed_at, appealed_at, answer_by, state, is_answered,
    is_on_hold, is_confidential, appeals, sends_elsewhere, lang
FROM mart_cases
WHERE $mda = '' OR mda = $mda
