-- Grain: one row: the last day that is counted, as its midnight, in whose zone; whether the bundled sample is in it.
SELECT
    current_setting('TimeZone')                                             AS timezone,
    date_trunc('day', counted_until() - INTERVAL 1 MICROSECOND)             AS as_of_at,
    is_of_sample()                                                          AS is_sample
