-- One row a post of `wanted` that was not erased: where it was said, by whom, and in what words, over all versions.
SELECT
    l.source,
    l.source_id,
    list(DISTINCT l.channel)                                        AS channels,
    list(DISTINCT l.author) FILTER (l.author IS NOT NULL)           AS authors,
    list_distinct(list(l.text) || list(coalesce(e.text, '')))       AS texts,
    count(*)                                                        AS n_versions
FROM landing AS l
SEMI JOIN wanted USING (source, source_id)
LEFT JOIN enriched AS e USING (landing_id)
WHERE l.content_hash <> ''
GROUP BY l.source, l.source_id
ORDER BY l.source, l.source_id
