-- One row an indicator of an agency ('' for all) with the newest national period that has an actual, else the newest one,
-- and all actuals under the same definition, earliest first: figures under another one are no trend.
SELECT
    *,
    list(actual) FILTER (actual IS NOT NULL) OVER (
        PARTITION BY indicator_id, valid_from ORDER BY period_end
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS trend
FROM mart_kpis
WHERE location = '_T' AND ($mda = '' OR mda = $mda)
QUALIFY row_number() OVER (PARTITION BY indicator_id ORDER BY actual IS NULL, period_end DESC) = 1
ORDER BY mda, result_level, indicator_id
