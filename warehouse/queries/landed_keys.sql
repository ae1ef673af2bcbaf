-- One row a landed post that was not erased: its key, and its pseudonym where one of its versions has been triaged.
SELECT l.source, l.source_id, any_value(e.post_id) AS post_id
FROM landing AS l LEFT JOIN enriched AS e USING (landing_id)
WHERE l.content_hash <> ''
GROUP BY l.source, l.source_id
