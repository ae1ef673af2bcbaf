-- Grain: one row a post that is quoted of a topic: the newest of each group and voice, then in turn from each language,
-- ten a topic at most. Nothing confidential, nothing erased.
WITH newest AS (
    SELECT topic_id, post_id, created_at, channel, lang, mda, district, text, submitter_id
    FROM mart_posts
    WHERE topic_id IS NOT NULL AND text IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY topic_id, coalesce(group_id, post_id) ORDER BY created_at DESC, post_id) = 1
),
voices AS (
    SELECT * FROM newest
    QUALIFY row_number() OVER (PARTITION BY topic_id, coalesce(submitter_id, post_id) ORDER BY created_at DESC, post_id) = 1
),
turns AS (
    SELECT *, row_number() OVER (PARTITION BY topic_id, lang ORDER BY created_at DESC, post_id) AS turn FROM voices
)
SELECT topic_id, post_id, created_at, channel, lang, mda, district, text
FROM turns
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY turn, created_at DESC, post_id) <= 10
ORDER BY topic_id, created_at DESC, post_id
