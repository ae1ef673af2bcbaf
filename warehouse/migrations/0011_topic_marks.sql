-- topic_marks: copied from the portal's store at each run: what people decided of topics, by the topic's id. A mark of a
-- topic that is gone does nothing and is not lost.
CREATE TABLE topic_marks (
    topic_id    INTEGER PRIMARY KEY,
    label       VARCHAR,
    merged_into INTEGER,
    is_pinned   BOOLEAN NOT NULL,
    is_muted    BOOLEAN NOT NULL
);

-- topic_parts: one row a topic that was found (part_id), with the one that people made it part of, itself where none. A
-- merge into a merged topic is followed; one into a topic that is gone, or in a circle, does nothing.
CREATE VIEW topic_parts AS
WITH RECURSIVE merged AS (
    SELECT m.topic_id AS part_id, m.merged_into AS topic_id
    FROM topic_marks AS m
    SEMI JOIN topics AS part ON part.topic_id = m.topic_id
    SEMI JOIN topics AS whole ON whole.topic_id = m.merged_into
),
followed AS (
    SELECT topic_id AS part_id, topic_id FROM topics
    UNION
    SELECT f.part_id, m.topic_id FROM followed AS f JOIN merged AS m ON m.part_id = f.topic_id
)
SELECT part_id, coalesce(min(topic_id) FILTER (topic_id NOT IN (SELECT part_id FROM merged)), part_id) AS topic_id
FROM followed
GROUP BY part_id;

-- topic_samples: up to 100 posts of each topic that are no secret, always the same ones as long as the topic has them.
CREATE VIEW topic_samples AS
SELECT parts.topic_id, p.landing_id
FROM topic_members AS m
JOIN topic_parts AS parts ON parts.part_id = m.topic_id
JOIN current_posts AS p USING (post_id)
WHERE NOT p.is_confidential
QUALIFY row_number() OVER (PARTITION BY parts.topic_id ORDER BY hash(p.post_id), p.post_id) <= 100;

-- topic_vectors: the sentence vectors of these posts, of the width that most have: of an erased post there is none.
CREATE VIEW topic_vectors AS
WITH sampled AS (
    SELECT topic_id, landing_id, embedding FROM topic_samples JOIN enriched USING (landing_id) WHERE len(embedding) > 0
)
SELECT topic_id, landing_id, embedding::DOUBLE[] AS vector
FROM sampled
WHERE len(embedding) = (SELECT mode(len(embedding)) FROM sampled);

-- topic_totals: one row a topic, the sum of these vectors: it points where the topic's posts lie.
CREATE VIEW topic_totals AS
WITH numbers AS (
    SELECT topic_id, unnest(vector) AS value, generate_subscripts(vector, 1) AS place FROM topic_vectors
),
sums AS (
    SELECT topic_id, place, sum(value) AS value FROM numbers GROUP BY topic_id, place
)
SELECT topic_id, list(value ORDER BY place) AS total
FROM sums
GROUP BY topic_id;
