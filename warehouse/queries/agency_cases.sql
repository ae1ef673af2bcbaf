-- One row a case that an agency has, or that the machine had suggested to it, the longest open first.
SELECT
    reference, mda, suggested_mda, category, urgency, is_confidential, opened_at, answer_by, decided_at,
    first_answered_at, closed_at, appealed_at, is_corrected, is_answered, is_on_hold
FROM mart_cases
WHERE mda = $mda OR suggested_mda = $mda
ORDER BY opened_at, reference
