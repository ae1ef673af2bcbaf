-- One row an agency, most posts first; posts that no agency must answer stand under null.
SELECT mda, sum(n_posts)::BIGINT AS n_posts FROM mart_daily GROUP BY mda ORDER BY n_posts DESC, mda
