-- One row a language, most posts first.
SELECT lang, sum(n_posts)::BIGINT AS n_posts FROM mart_daily GROUP BY lang ORDER BY n_posts DESC, lang
