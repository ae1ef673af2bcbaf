-- One row a topic that was spoken of in either of two periods, first and last days included: posts, and voices (an
-- author once a day), in each.
SELECT
    topic_id,
    t.label,
    t.mda,
    coalesce(sum(d.n_posts) FILTER (said_date BETWEEN $first_before AND $last_before), 0)::BIGINT     AS n_posts_before,
    coalesce(sum(d.n_posts) FILTER (said_date BETWEEN $first_after AND $last_after), 0)::BIGINT       AS n_posts_after,
    coalesce(sum(d.n_voices) FILTER (said_date BETWEEN $first_before AND $last_before), 0)::BIGINT    AS n_voices_before,
    coalesce(sum(d.n_voices) FILTER (said_date BETWEEN $first_after AND $last_after), 0)::BIGINT      AS n_voices_after
FROM mart_topic_days AS d JOIN mart_topics AS t USING (topic_id)
WHERE said_date BETWEEN $first_before AND $last_before OR said_date BETWEEN $first_after AND $last_after
GROUP BY topic_id, t.label, t.mda
ORDER BY topic_id
