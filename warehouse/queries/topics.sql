-- One row a topic with its counts in order of periods: pinned ones first, then bursting ones, the least likely by chance
-- before all, then most growth, muted ones last; 500 at most, and how many there are. Fewer than five posts in the last
-- seven days are chance, no growth.
SELECT
    *,
    CASE WHEN n_last_7_days >= 5 THEN greatest(n_last_7_days - n_previous_7_days, 0) ELSE 0 END AS n_grown,
    count(*) OVER () AS n_topics
FROM mart_topics
ORDER BY
    is_muted, is_pinned DESC, is_bursting DESC, CASE WHEN is_bursting THEN burst_p END, n_grown DESC, n_posts DESC, topic_id
LIMIT 500
