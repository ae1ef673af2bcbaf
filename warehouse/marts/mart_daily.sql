-- Grain: one row a day, channel, language, category and agency that had posts. Confidential posts stand under the
-- Monday of their week and under no channel.
SELECT
    created_date,
    channel,
    lang,
    category,
    mda,
    count(*)                             AS n_posts,
    count(*) FILTER (is_formal)          AS n_formal,
    count(*) FILTER (route = 'auto')     AS n_auto
FROM mart_posts
GROUP BY ALL
ORDER BY ALL
