-- Grain: one row a topic and one of its nearest others, five at most: nearest first (`place`). `likeness` is the cosine
-- of the two topics' mean vectors, each less the mean of all topics: 0 where two are as alike as topics usually are.
WITH means AS (
    SELECT
        topic_id,
        list_transform(total, x -> x / sqrt(greatest(list_inner_product(total, total), 1e-12))) AS mean
    FROM topic_totals
),
numbers AS (
    SELECT topic_id, unnest(mean) AS value, generate_subscripts(mean, 1) AS place FROM means
),
centred AS (
    SELECT topic_id, place, value - avg(value) OVER (PARTITION BY place) AS value FROM numbers
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
)
SELECT
    topic_id,
    other_id,
    row_number() OVER (PARTITION BY topic_id ORDER BY likeness DESC, other_id) AS place,
    likeness
FROM both_ways
WHERE NOT isnan(likeness)
QUALIFY place <= 5
ORDER BY topic_id, place
