-- The posts of `gone` as they landed: an id at a source leads to the writer as a name does, and a digest tells whoever
-- has the words that they were these.
UPDATE landing SET
    source_id = gone.post_id,
    content_hash = '',
    raw = '{}',
    text = '',
    author = NULL,
    district = NULL,
    lat = NULL,
    lon = NULL,
    address = NULL,
    url = NULL,
    source_category = NULL
FROM gone
WHERE landing.source = gone.source AND landing.source_id = gone.source_id
