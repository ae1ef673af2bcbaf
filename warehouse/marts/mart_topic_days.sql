-- Grain: one row a topic and day on which it was spoken of, as far as dates can be believed (see mart_clock). A voice is
-- an author, once a day; a post whose author is not known is a voice of its own. Without confidential posts, of which
-- only the week is told.
SELECT
    topic_id,
    created_date                                        AS said_date,
    count(*)                                            AS n_posts,
    count(DISTINCT coalesce(submitter_id, post_id))     AS n_voices
FROM mart_posts JOIN mart_clock AS c ON created_date BETWEEN c.first_date AND c.latest_date
WHERE topic_id IS NOT NULL AND NOT is_confidential
GROUP BY ALL
ORDER BY topic_id, said_date
