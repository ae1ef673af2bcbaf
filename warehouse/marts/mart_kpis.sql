-- Grain: one row an indicator, period and place, newest version. `expected` is the period's own target or, where it has
-- none, the point that the line from the baseline (the last day of its year) to the next later target has reached.
-- `progress` is the share of the way from the baseline to it that was gone, whichever way is up; `state` is on_track from
-- 0.95 on, at_risk from 0.80 on, else off_track, and no_data without an actual or anything to expect. `first_target` is the
-- target as it was first given, `n_versions` how often the value was given.
WITH indicators AS (
    SELECT * FROM kpi_indicators QUALIFY row_number() OVER (PARTITION BY indicator_id ORDER BY version DESC) = 1
),
given AS (
    SELECT
        v.*,
        count(*) OVER of_value                                          AS n_versions,
        first_value(target IGNORE NULLS) OVER (
            PARTITION BY indicator_id, location, period_start, period_end ORDER BY version
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )                                                               AS first_target,
        row_number() OVER (
            PARTITION BY indicator_id, location, period_start, period_end ORDER BY version DESC
        ) = 1                                                           AS is_newest
    FROM kpi_values AS v
    WINDOW of_value AS (PARTITION BY indicator_id, location, period_start, period_end)
),
newest AS (
    SELECT
        *,
        first_value(target IGNORE NULLS) OVER later                     AS next_target,
        first_value(CASE WHEN target IS NOT NULL THEN period_end END IGNORE NULLS) OVER later AS next_target_on
    FROM given
    WHERE is_newest
    WINDOW later AS (
        PARTITION BY indicator_id, location ORDER BY period_end ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    )
),
expecting AS (
    SELECT
        i.*, n.* EXCLUDE (indicator_id, version, imported_at),
        CASE
            WHEN n.next_target IS NULL THEN NULL
            WHEN n.next_target_on = n.period_end OR n.next_target_on <= make_date(i.baseline_year, 12, 31) THEN n.next_target
            ELSE i.baseline_value + (n.next_target - i.baseline_value)
                * greatest(0, date_diff('day', make_date(i.baseline_year, 12, 31), n.period_end))
                / date_diff('day', make_date(i.baseline_year, 12, 31), n.next_target_on)
        END                                                             AS expected
    FROM newest AS n JOIN indicators AS i USING (indicator_id)
),
progressed AS (
    SELECT
        *,
        CASE
            WHEN actual IS NULL OR expected IS NULL THEN NULL
            WHEN expected = baseline_value THEN (CASE WHEN is_ascending THEN actual >= expected ELSE actual <= expected END)::INTEGER
            ELSE (actual - baseline_value) / (expected - baseline_value)
        END                                                             AS progress
    FROM expecting
)
SELECT
    indicator_id, mda, programme, result_level, title_en, title_fr, title_crs, definition, unit, measure, is_ascending,
    source, frequency, owner, baseline_year, baseline_value, location, period_start, period_end, target, first_target,
    actual, numerator, denominator, status, deviation_reason, source_ref, n_versions, expected, progress,
    CASE
        WHEN progress IS NULL THEN 'no_data'
        WHEN progress >= 0.95 THEN 'on_track'
        WHEN progress >= 0.80 THEN 'at_risk'
        ELSE 'off_track'
    END                                                                 AS state
FROM progressed
