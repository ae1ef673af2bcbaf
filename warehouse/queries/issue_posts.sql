-- One row a post of a matter whose text may be shown, earliest first.
SELECT post_id, text, lang, created_at, source, district, category, model
FROM mart_posts
WHERE group_id = $group_id AND text IS NOT NULL
ORDER BY created_at NULLS LAST, post_id
