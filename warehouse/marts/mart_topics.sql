-- Grain: one row a topic. Seven-day figures count back from the newest date that a post gives (see mart_clock); the
-- burst is that of the hour of the newest post, found when topics were.
WITH posts AS (
    SELECT
        m.topic_id,
        m.mda,
        m.lang,
        m.created_at                            AS said_at,
        p.submitter_id,
        c.latest_date - m.created_date          AS age_days
    FROM mart_posts AS m JOIN current_posts AS p USING (post_id) CROSS JOIN mart_clock AS c
)
SELECT
    t.topic_id,
    t.label,
    t.terms,
    CASE WHEN NOT any_value(r.is_confidential) THEN any_value(nullif(r.text, '')) END AS representative_text,
    mode(posts.mda ORDER BY posts.mda)                                    AS mda,
    mode(posts.lang ORDER BY posts.lang)                                  AS lang,
    count(*)                                                              AS n_posts,
    count(DISTINCT posts.submitter_id)                                    AS n_voices,
    count(*) FILTER (posts.submitter_id IS NULL)                          AS n_without_author,
    min(posts.said_at)                                                    AS first_at,
    max(posts.said_at)                                                    AS last_at,
    count(*) FILTER (posts.age_days BETWEEN 0 AND 6)                      AS n_last_7_days,
    count(*) FILTER (posts.age_days BETWEEN 7 AND 13)                     AS n_previous_7_days,
    coalesce(any_value(b.is_bursting), false)                             AS is_bursting,
    any_value(b.until_at)                                                 AS burst_until_at,
    any_value(b.window_hours)                                             AS burst_window_hours,
    any_value(b.n_voices)                                                 AS burst_n_voices,
    any_value(b.n_expected)                                               AS burst_n_expected,
    any_value(b.p)                                                        AS burst_p,
    coalesce(any_value(b.is_campaign), false)                             AS is_campaign
FROM topics AS t
JOIN posts USING (topic_id)
LEFT JOIN topic_bursts AS b USING (topic_id)
LEFT JOIN current_posts AS r ON r.post_id = t.representative_post_id
GROUP BY t.topic_id, t.label, t.terms
ORDER BY n_posts DESC, t.topic_id
