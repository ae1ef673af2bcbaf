-- Grain: one row an indicator, period and place, newest version; of an indicator without a national value one more, without
-- period. A value is judged by the definition that held when its period began (the first one, where it began before all).
-- `expected` is the period's own target or, where it has none, the point that the line from the baseline (the last day of its
-- year) to the next later target of the same definition has reached.
-- `progress` is the share of the way from the baseline to it that was gone; where `expected` does not lie ahead of the
-- baseline in the direction that is better, there is no way to go, and it is 1 where the actual is no worse, else 0. `state`
-- is on_track from 0.95 on, at_risk from 0.80 on, else off_track, and no_data without an actual or anything to expect.
-- `first_target` is the target as it was first given, `n_versions` how often the value was given.
WITH definitions AS (
    SELECT * EXCLUDE (version, imported_at), row_number() OVER (PARTITION BY indicator_id ORDER BY valid_from) AS nth
    FROM (
        FROM kpi_indicators
        QUALIFY row_number() OVER (PARTITION BY indicator_id, valid_from ORDER BY version DESC) = 1
    )
),
given AS (
    SELECT
        * EXCLUDE (version, imported_at),
        count(*) OVER of_value                                          AS n_versions,
        first_value(target IGNORE NULLS) OVER (
            of_value ORDER BY version ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )                                                               AS first_target
    FROM kpi_values
    WINDOW of_value AS (PARTITION BY indicator_id, location, period_start, period_end)
    QUALIFY row_number() OVER (of_value ORDER BY version DESC) = 1
),
defined AS (
    SELECT d.*, g.* EXCLUDE (indicator_id)
    FROM given AS g JOIN definitions AS d ON d.indicator_id = g.indicator_id
        AND (d.valid_from <= g.period_start OR d.nth = 1)
    QUALIFY row_number() OVER (
        PARTITION BY g.indicator_id, g.location, g.period_start, g.period_end ORDER BY d.valid_from DESC
    ) = 1
),
aiming AS (
    SELECT
        *,
        make_date(baseline_year, 12, 31)                                AS baseline_on,
        first_value(target IGNORE NULLS) OVER later                     AS next_target,
        first_value(CASE WHEN target IS NOT NULL THEN period_end END IGNORE NULLS) OVER later AS next_target_on
    FROM defined
    WINDOW later AS (
        PARTITION BY indicator_id, valid_from, location ORDER BY period_end
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    )
),
expecting AS (
    SELECT
        *,
        CASE
            WHEN target IS NOT NULL OR next_target_on <= baseline_on THEN next_target
            ELSE baseline_value + (next_target - baseline_value)
                * greatest(0, date_diff('day', baseline_on, period_end)) / date_diff('day', baseline_on, next_target_on)
        END                                                             AS expected
    FROM aiming
),
progressed AS (
    SELECT
        *,
        CASE
            WHEN actual IS NULL OR expected IS NULL THEN NULL
            WHEN is_ascending AND expected <= baseline_value THEN (actual >= expected)::DOUBLE
            WHEN NOT is_ascending AND expected >= baseline_value THEN (actual <= expected)::DOUBLE
            ELSE round((actual - baseline_value) / (expected - baseline_value), 9)
        END                                                             AS progress
    FROM expecting
    UNION ALL BY NAME
    SELECT *, '_T' AS location, 0 AS n_versions
    FROM definitions AS d
    WHERE NOT EXISTS (FROM kpi_values AS v WHERE v.indicator_id = d.indicator_id AND v.location = '_T')
    QUALIFY row_number() OVER (PARTITION BY indicator_id ORDER BY valid_from DESC) = 1
)
SELECT
    indicator_id, mda, programme, result_level, title_en, title_fr, title_crs, definition, unit, measure, is_ascending,
    source, frequency, owner, baseline_year, baseline_value, valid_from, location, period_start, period_end, target,
    first_target, actual, numerator, denominator, status, deviation_reason, source_ref, n_versions, expected, progress,
    CASE
        WHEN progress IS NULL THEN 'no_data'
        WHEN progress >= 0.95 THEN 'on_track'
        WHEN progress >= 0.80 THEN 'at_risk'
        ELSE 'off_track'
    END                                                                 AS state
FROM progressed
