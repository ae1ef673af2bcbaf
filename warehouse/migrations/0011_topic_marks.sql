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
