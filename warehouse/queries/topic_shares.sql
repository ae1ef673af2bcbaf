-- One row a channel, language or district of a topic, most posts first; unknown places last.
SELECT "by", code, n_posts, n_voices
FROM mart_topic_shares
WHERE topic_id = $topic_id
ORDER BY "by", code = 'none', n_posts DESC, code
