-- Grain: one row a topic, where there are others: how many of up to 100 of its posts were looked at, and how many of them
-- lie nearer to the topic's other posts than to those of its nearest topics (by the cosine of their vectors).
WITH own AS (
    SELECT
        v.topic_id, v.landing_id, v.vector,
        list_inner_product(v.vector, t.total)           AS with_all,
        list_inner_product(v.vector, v.vector)          AS with_itself,
        list_inner_product(t.total, t.total)            AS of_all
    FROM topic_vectors AS v JOIN topic_totals AS t USING (topic_id)
),
others AS (
    SELECT own.topic_id, own.landing_id, max(list_cosine_similarity(own.vector, t.total)) AS nearest_other
    FROM own
    JOIN mart_topic_relations AS r USING (topic_id)
    JOIN topic_totals AS t ON t.topic_id = r.other_id
    GROUP BY own.topic_id, own.landing_id
),
compared AS (
    SELECT
        topic_id,
        (with_all - with_itself) / sqrt(greatest(with_itself * (of_all - 2 * with_all + with_itself), 1e-12))
            > nearest_other AS is_nearest
    FROM own JOIN others USING (topic_id, landing_id)
)
SELECT topic_id, count(*) AS n_sampled, count(*) FILTER (is_nearest) AS n_nearest
FROM compared
GROUP BY topic_id
ORDER BY topic_id
