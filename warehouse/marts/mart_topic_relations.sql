-- Grain: one row a topic and one of its nearest others, five at most: nearest first (`place`). `likeness` is the cosine
-- of the two topics' mean vectors, each less the mean of all topics: 0 where two are as alike as topics usually are.
-- `n_nearer` of `n_sampled` of the topic's posts lie nearer to its other posts than to those of the other one (by the
-- cosine of their vectors). Reckoned from up to 50 posts a topic, the same ones as long as it has them, none confidential.
WITH chosen AS (
    SELECT topic_id, post_id
    FROM mart_posts
    WHERE topic_id IS NOT NULL AND NOT is_confidential
    QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY hash(post_id), post_id) <= 50
),
newest AS (
    SELECT topic_id, e.post_id, arg_max(e.embedding, e.version) AS embedding
    FROM chosen JOIN enriched AS e USING (post_id)
    GROUP BY topic_id, e.post_id
),
vectors AS MATERIALIZED (
    SELECT topic_id, post_id, embedding::DOUBLE[] AS vector
    FROM newest
    WHERE
        len(embedding) = (SELECT mode(len(embedding)) FROM newest WHERE len(embedding) > 0)
        AND list_inner_product(embedding, embedding) > 0
),
numbers AS (
    SELECT topic_id, unnest(vector) AS value, generate_subscripts(vector, 1) AS place FROM vectors
),
sums AS MATERIALIZED (
    SELECT topic_id, place, sum(value) AS value, avg(value) AS mean FROM numbers GROUP BY topic_id, place
),
totals AS (
    SELECT topic_id, list(value ORDER BY place) AS total FROM sums GROUP BY topic_id
),
centred AS (
    SELECT topic_id, place, mean - avg(mean) OVER (PARTITION BY place) AS value FROM sums
),
points AS (
    SELECT topic_id, list(value ORDER BY place) AS point FROM centred GROUP BY topic_id
),
pairs AS (
    SELECT a.topic_id, b.topic_id AS other_id, round(list_cosine_similarity(a.point, b.point), 3) AS likeness
    FROM points AS a JOIN points AS b ON a.topic_id < b.topic_id
),
both_ways AS (
    SELECT topic_id, other_id, likeness FROM pairs
    UNION ALL
    SELECT other_id, topic_id, likeness FROM pairs
),
nearest AS MATERIALIZED (
    SELECT
        topic_id, other_id, likeness,
        row_number() OVER (PARTITION BY topic_id ORDER BY likeness DESC, other_id) AS place
    FROM both_ways
    WHERE NOT isnan(likeness)
    QUALIFY place <= 5
),
own AS (
    SELECT
        topic_id, post_id, vector,
        list_inner_product(vector, total)       AS with_all,
        list_inner_product(vector, vector)      AS with_itself,
        list_inner_product(total, total)        AS of_all
    FROM vectors JOIN totals USING (topic_id)
),
compared AS (
    SELECT
        own.topic_id, nearest.other_id,
        (with_all - with_itself) / sqrt(greatest(with_itself * (of_all - 2 * with_all + with_itself), 1e-12))
            > list_cosine_similarity(own.vector, other.total) AS is_nearer
    FROM own JOIN nearest USING (topic_id) JOIN totals AS other ON other.topic_id = nearest.other_id
)
SELECT
    topic_id,
    other_id,
    any_value(place)                        AS place,
    any_value(likeness)                     AS likeness,
    count(*)                                AS n_sampled,
    count(*) FILTER (is_nearer)             AS n_nearer
FROM nearest JOIN compared USING (topic_id, other_id)
GROUP BY topic_id, other_id
ORDER BY topic_id, place
