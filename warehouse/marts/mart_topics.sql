-- Grain: one row a topic. Seven-day figures count back from the day of the newest post of all.
WITH posts AS (
    SELECT m.topic_id, p.*, coalesce(p.created_at, p.fetched_at) AS said_at
    FROM topic_members AS m JOIN current_posts AS p USING (post_id)
),
latest AS (SELECT max(coalesce(created_at, fetched_at))::DATE AS latest_date FROM current_posts)
SELECT
    t.topic_id,
    t.label,
    t.terms,
    CASE WHEN NOT any_value(r.is_confidential) THEN any_value(r.text) END AS representative_text,
    mode(posts.mda)                                                       AS mda,
    mode(posts.lang)                                                      AS lang,
    count(*)                                                              AS n_posts,
    -- all posts of nobody known count as one voice
    count(DISTINCT coalesce(posts.submitter_id, ''))                      AS n_voices,
    min(posts.said_at)                                                    AS first_at,
    max(posts.said_at)                                                    AS last_at,
    count(*) FILTER (posts.said_at::DATE > latest_date - 7)               AS n_last_7_days,
    count(*) FILTER (posts.said_at::DATE <= latest_date - 7 AND posts.said_at::DATE > latest_date - 14)
                                                                          AS n_previous_7_days
FROM topics AS t
JOIN posts USING (topic_id)
LEFT JOIN current_posts AS r ON r.post_id = t.representative_post_id
CROSS JOIN latest
GROUP BY t.topic_id, t.label, t.terms
ORDER BY n_posts DESC, t.topic_id
