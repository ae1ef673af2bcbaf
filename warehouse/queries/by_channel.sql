-- One row a channel, most posts first; confidential posts stand under null.
SELECT channel, sum(n_posts)::BIGINT AS n_posts FROM mart_daily GROUP BY channel ORDER BY n_posts DESC, channel
