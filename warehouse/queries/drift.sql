-- One row a week of the last 26 that holds a post or a decision: posts by language, how sure the machine was, and what
-- share of the decided cases was corrected.
SELECT
    week_date,
    sum(n_posts)::BIGINT                                                AS n_posts,
    sum(confidence) / 1e6 / nullif(sum(n_posts), 0)                     AS mean_confidence,
    coalesce(sum(n_posts) FILTER (lang = 'en'), 0)::BIGINT              AS n_en,
    coalesce(sum(n_posts) FILTER (lang = 'fr'), 0)::BIGINT              AS n_fr,
    coalesce(sum(n_posts) FILTER (lang = 'crs'), 0)::BIGINT             AS n_crs,
    coalesce(sum(n_posts) FILTER (lang NOT IN ('en', 'fr', 'crs')), 0)::BIGINT AS n_other,
    sum(n_decided)::BIGINT                                              AS n_decided,
    sum(n_corrected)::BIGINT                                            AS n_corrected
FROM mart_decisions
WHERE week_date > (SELECT latest_date FROM mart_clock) - INTERVAL 26 WEEK
GROUP BY week_date
ORDER BY week_date
