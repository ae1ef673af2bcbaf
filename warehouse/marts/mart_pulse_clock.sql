-- Grain: one row: the windows that mart_pulse compares. The newest day is `latest_date` (see mart_clock); where posts were
-- fetched before it was over it is compared with the same hours of other days, and the last seven days end at that hour.
-- `n_days` and `n_weeks` are how many windows before, eight at most, lie within the posts' time.
WITH ends AS (
    SELECT
        first_date,
        latest_date,
        as_of_at::DATE = latest_date                                                        AS is_partial,
        CASE WHEN as_of_at::DATE = latest_date THEN as_of_at::TIMESTAMP ELSE (latest_date + 1)::TIMESTAMP END AS until_at
    FROM mart_clock
)
SELECT
    latest_date,
    until_at,
    is_partial,
    least(8, (latest_date - first_date) // 7)                                               AS n_days,
    least(8, greatest(0, floor(epoch(until_at - first_date::TIMESTAMP) / 604800) - 1))::BIGINT AS n_weeks
FROM ends
