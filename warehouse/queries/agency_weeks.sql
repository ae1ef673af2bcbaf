-- One row a week and category of the posts for an agency from the Monday $first to that of $last.
SELECT
    date_trunc('week', created_date)::DATE                  AS week_date,
    category,
    sum(n_posts)::BIGINT                                    AS n_posts,
    sum(n_formal)::BIGINT                                   AS n_formal,
    coalesce(sum(n_posts) FILTER (channel IS NULL), 0)::BIGINT AS n_confidential
FROM mart_daily
WHERE mda = $mda AND created_date BETWEEN $first::DATE AND $last::DATE + 6
GROUP BY ALL
ORDER BY week_date, category
