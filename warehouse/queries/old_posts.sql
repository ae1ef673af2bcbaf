-- One row a version with raw text that was fetched before $before and has been triaged, in the order of landing.
SELECT l.landing_id, e.post_id, l.source, l.source_id, l.is_formal
FROM landing AS l JOIN enriched AS e USING (landing_id)
WHERE l.fetched_at < $before AND l.text <> ''
ORDER BY l.landing_id
