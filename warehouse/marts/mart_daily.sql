-- Grain: one row a day (UTC), channel, language, category and agency that had posts.
SELECT
    coalesce(created_at, fetched_at)::DATE AS created_date,
    channel,
    lang,
    category,
    mda,
    count(*)                             AS n_posts,
    count(*) FILTER (is_formal)          AS n_formal,
    count(*) FILTER (route = 'auto')     AS n_auto
FROM current_posts
GROUP BY ALL
ORDER BY ALL
