-- Grain: one row: the last day that is counted, as its midnight, in whose zone; whether all of it is the bundled sample.
SELECT
    current_setting('TimeZone')                                             AS timezone,
    date_trunc('day', counted_until() - INTERVAL 1 MICROSECOND)             AS as_of_at,
    all_is_invented()                                                         AS is_invented
