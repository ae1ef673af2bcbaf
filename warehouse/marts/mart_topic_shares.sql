-- Grain: one row a topic, way of cutting it (channel, lang or district) and code: how many posts, of how many known
-- authors. Confidential posts count by language only, and without their authors; 'none' are posts of unknown place.
WITH posts AS (
    SELECT topic_id, is_confidential, channel, lang, coalesce(district, 'none') AS district, submitter_id
    FROM mart_posts
    WHERE topic_id IS NOT NULL
)
SELECT topic_id, 'channel' AS by, channel AS code, count(*) AS n_posts, count(DISTINCT submitter_id) AS n_voices
FROM posts WHERE NOT is_confidential GROUP BY ALL
UNION ALL
SELECT topic_id, 'lang', lang, count(*), count(DISTINCT submitter_id)
FROM posts GROUP BY ALL
UNION ALL
SELECT topic_id, 'district', district, count(*), count(DISTINCT submitter_id)
FROM posts WHERE NOT is_confidential GROUP BY ALL
ORDER BY topic_id, "by", n_posts DESC, code
