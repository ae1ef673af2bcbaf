-- The versions of $landing_ids without what was kept raw.
UPDATE landing SET raw = '{}', text = '', author = NULL, address = NULL, url = NULL, lat = NULL, lon = NULL
WHERE landing_id IN (SELECT unnest($landing_ids))
