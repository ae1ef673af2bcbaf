-- One row a post in its newest version, earliest first: what merging reads.
SELECT post_id, text, created_at, district, kind, category, is_confidential, embedding
FROM current_posts
ORDER BY created_at NULLS LAST, landing_id
