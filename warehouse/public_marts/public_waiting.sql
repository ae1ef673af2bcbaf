-- Grain: one row a group of cases that wait for an answer now: an agency's of a category in one band of age, or of any age
-- (band `all`), or those of all agencies and categories (`all`) in a band. Bands are working days since the case was
-- opened or last appealed against. What is not listed is fewer than ten.
WITH waits AS (
    SELECT
        mda,
        category,
        CASE
            WHEN n_open <= 2 THEN '0-2' WHEN n_open <= 10 THEN '3-10' WHEN n_open <= 20 THEN '11-20'
            WHEN n_open <= 30 THEN '21-30' ELSE '31+'
        END AS band,
        reference,
        submitter
    FROM behind_cases
    WHERE is_waiting
),
bands AS (SELECT unnest(['0-2', '3-10', '11-20', '21-30', '31+']) AS band),
pairs AS (SELECT DISTINCT mda, category FROM waits),
cells AS (
    SELECT mda, category, band, protect(count(DISTINCT reference), count(DISTINCT submitter)) AS n
    FROM pairs CROSS JOIN bands LEFT JOIN waits USING (mda, category, band)
    GROUP BY ALL
),
of_pairs AS (
    SELECT mda, category, protect(count(DISTINCT reference), count(DISTINCT submitter)) AS n
    FROM waits GROUP BY ALL
),
of_bands AS (
    SELECT band, protect(count(DISTINCT reference), count(DISTINCT submitter)) AS n FROM waits GROUP BY ALL
),
told AS (
    SELECT mda, category, band, n FROM cells
    UNION ALL
    SELECT o.mda, o.category, 'all', protect_total(any_value(o.n), list(c.n))
    FROM of_pairs AS o JOIN cells AS c USING (mda, category) GROUP BY ALL
    UNION ALL
    SELECT 'all', 'all', o.band, protect_total(any_value(o.n), list(c.n))
    FROM of_bands AS o JOIN cells AS c USING (band) GROUP BY ALL
)
SELECT * FROM told WHERE n IS NOT NULL ORDER BY mda, category, band
