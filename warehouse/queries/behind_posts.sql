-- Behind public figures, never published: one row a post said before the count ends, with its submitter. All posts without
-- any identity have one submitter, ''. Of a code that has no name nothing is told.
SELECT
    m.post_id,
    coalesce(p.submitter_id, '')                                                            AS submitter,
    m.created_at                                                                            AS said_at,
    date_trunc('month', m.created_date)::DATE                                               AS month,
    CASE WHEN m.category IN (SELECT code FROM names WHERE kind = 'category') THEN m.category ELSE 'none' END AS category,
    m.lang,
    m.route,
    m.is_confidential,
    p.post_id IN (SELECT post_id FROM erased_posts)                                         AS is_erased
FROM mart_posts AS m JOIN current_posts AS p USING (post_id)
WHERE m.created_at < counted_until()
