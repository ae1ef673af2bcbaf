-- One row a topic that is clearly more alike a topic than topics usually are, nearest first, with the words that both use.
SELECT
    r.other_id,
    other.n_posts,
    r.likeness,
    list_filter(other.terms, term -> list_contains(own.terms, term)) AS shared_terms
FROM mart_topic_relations AS r
JOIN mart_topics AS own ON own.topic_id = r.topic_id
JOIN mart_topics AS other ON other.topic_id = r.other_id
WHERE r.topic_id = $topic_id AND r.likeness >= 0.2
ORDER BY r.place
