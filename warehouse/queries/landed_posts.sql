-- One row a landed version of $landing_ids, in the order in which they landed.
SELECT
    landing_id, source, source_id, version, text, created_at, fetched_at, channel, author, district, is_formal
FROM landing
WHERE landing_id IN (SELECT unnest($landing_ids))
ORDER BY landing_id
