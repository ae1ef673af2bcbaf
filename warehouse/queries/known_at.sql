-- One row: the last moment of which anything is known. Posts may stop coming while cases go on.
SELECT
    greatest(
        (SELECT as_of_at FROM mart_clock),
        max(opened_at), max(first_answered_at), max(closed_at), max(appealed_at)
    ) AS known_at
FROM mart_cases
