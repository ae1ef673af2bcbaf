-- One row a post of a topic whose text may be shown, newest first.
SELECT created_at, channel, lang, mda, district, text
FROM mart_posts
WHERE topic_id = $topic_id AND text IS NOT NULL
ORDER BY created_at DESC, post_id
LIMIT 200
