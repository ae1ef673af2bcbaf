-- One row a landed version that $model has not triaged, in the order in which they landed. What lost its words, erased
-- or kept raw long enough, keeps what an earlier model said of it.
SELECT landing_id
FROM landing LEFT JOIN enriched USING (landing_id)
WHERE enriched.model IS DISTINCT FROM $model AND landing.text <> ''
ORDER BY landing_id
