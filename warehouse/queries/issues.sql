-- One row a matter of an agency ('' for all, 'none' for no agency), newest first.
SELECT * FROM mart_issues
WHERE $mda = '' OR coalesce(mda, 'none') = $mda
ORDER BY
    CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END,
    last_at DESC, group_id
LIMIT 1000
