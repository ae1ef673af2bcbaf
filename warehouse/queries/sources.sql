-- One row a source.
SELECT * FROM mart_sources ORDER BY n_posts DESC, source
