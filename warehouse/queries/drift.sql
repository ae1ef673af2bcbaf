-- One row a week of the last 26 that holds a post or a decision: posts by language, how sure the machine was, and what
-- share of the decided cases was corrected.
WITH said AS (
    SELECT
        date_trunc('week', created_date)::DATE AS week_date,
        count(*)                        AS n_posts,
        avg(confidence)                 AS mean_confidence,
        count(*) FILTER (lang = 'en')   AS n_en,
        count(*) FILTER (lang = 'fr')   AS n_fr,
        count(*) FILTER (lang = 'crs')  AS n_crs,
        count(*) FILTER (lang NOT IN ('en', 'fr', 'crs')) AS n_other
    FROM mart_posts GROUP BY 1
),
decided AS (
    SELECT date_trunc('week', decided_at)::DATE AS week_date, count(*) AS n_decided,
           count(*) FILTER (is_corrected) AS n_corrected
    FROM mart_cases WHERE decided_at IS NOT NULL GROUP BY 1
)
SELECT
    week_date, coalesce(n_posts, 0) AS n_posts, mean_confidence, coalesce(n_en, 0) AS n_en, coalesce(n_fr, 0) AS n_fr,
    coalesce(n_crs, 0) AS n_crs, coalesce(n_other, 0) AS n_other, coalesce(n_decided, 0) AS n_decided,
    coalesce(n_corrected, 0) AS n_corrected
FROM said FULL JOIN decided USING (week_date)
WHERE week_date > (SELECT latest_date FROM mart_clock) - INTERVAL 26 WEEK
ORDER BY week_date
