-- Grain: one row a topic that the machine found (part_id, with the machine's label): the topic it is shown as, itself
-- unless people merged it into another one.
SELECT p.part_id, p.topic_id, t.label, count(m.post_id) AS n_posts
FROM topic_parts AS p
JOIN topics AS t ON t.topic_id = p.part_id
LEFT JOIN topic_members AS m ON m.topic_id = p.part_id
GROUP BY p.part_id, p.topic_id, t.label
ORDER BY p.part_id
