-- One row a landed version that $model has not triaged, in the order in which they landed.
SELECT landing_id
FROM landing LEFT JOIN enriched USING (landing_id)
WHERE enriched.model IS DISTINCT FROM $model
ORDER BY landing_id
