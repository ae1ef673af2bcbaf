-- One row a tenth of confidence that cases which a person decided fall in: what the machine said on average, and how often
-- it was right.
SELECT
    least(floor(confidence * 10), 9)::INTEGER       AS tenth,
    avg(confidence)                                 AS said,
    count(*) FILTER (NOT is_corrected)              AS n_right,
    count(*)                                        AS n_decided
FROM mart_cases
WHERE is_corrected IS NOT NULL
GROUP BY tenth
ORDER BY tenth
