-- One row an indicator of an agency ('' for all) with the newest national period that has an actual, else the newest one,
-- and all actuals under the same definition, earliest first: figures under another one are no trend.
WITH national AS (
    FROM mart_kpis WHERE location = '_T' AND ($mda = '' OR mda = $mda)
),
trends AS (
    SELECT indicator_id, valid_from, list(actual ORDER BY period_end) FILTER (actual IS NOT NULL) AS trend
    FROM national
    GROUP BY indicator_id, valid_from
)
SELECT national.*, trend
FROM national LEFT JOIN trends USING (indicator_id, valid_from)
QUALIFY row_number() OVER (PARTITION BY indicator_id ORDER BY actual IS NULL, period_end DESC) = 1
ORDER BY mda, result_level, indicator_id
