-- One row a case of an agency ('' for all): what its wait for a first answer is reckoned from.
SELECT
    mda, opened_at, first_answered_at, closed_at, answer_by, state, is_answered, is_on_hold, is_confidential, appeals,
    sends_elsewhere, lang
FROM mart_cases
WHERE mda IS NOT NULL AND ($mda = '' OR mda = $mda)
