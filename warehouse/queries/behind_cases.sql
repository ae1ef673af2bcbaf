-- Behind public figures, never published: one row a case opened before the count ends and a submitter of its posts, as the
-- case stood then. Days are working days: `n_waited` from opening to the first answer, the end, or the end of the count;
-- `n_age` from opening, `n_open` from opening or the last appeal, to the end of the count. Of a confidential case no
-- language, and Mondays for days.
WITH stood AS (
    SELECT
        reference,
        CASE WHEN mda IN (SELECT code FROM names WHERE kind = 'agency') THEN mda ELSE 'none' END AS mda,
        CASE WHEN category IN (SELECT code FROM names WHERE kind = 'category') THEN category ELSE 'none' END AS category,
        CASE WHEN NOT is_confidential THEN lang END                                         AS lang,
        CASE WHEN closed_at < counted_until() THEN state END                                AS end_state,
        decided_at < counted_until()                                                        AS is_decided,
        is_confidential,
        decided_at IS NOT NULL AND category <> suggested_category                           AS is_corrected,
        coalesce(first_answered_at < counted_until(), false)                                AS is_answered,
        coalesce(closed_at >= counted_until(), true) AND coalesce(answered_at >= counted_until(), true) AS is_waiting,
        opened_at,
        CASE WHEN closed_at < counted_until() THEN closed_at END                            AS closed_at,
        least(first_answered_at, closed_at, counted_until() - INTERVAL 1 MICROSECOND)       AS waited_until_at,
        CASE WHEN appealed_at < counted_until() THEN appealed_at ELSE opened_at END         AS since_at,
        counted_until() - INTERVAL 1 MICROSECOND                                            AS last_at,
        post_ids
    FROM cases
    WHERE opened_at < counted_until()
),
dated AS (
    SELECT
        * EXCLUDE (opened_at, closed_at, waited_until_at, since_at, last_at, post_ids),
        unnest(CASE WHEN len(post_ids) = 0 THEN [NULL] ELSE post_ids END)                   AS post_id,
        date_trunc('month', coarse(closed_at, is_confidential))::DATE                       AS end_month,
        coarse(opened_at, is_confidential)::DATE                                            AS opened_on,
        coarse(waited_until_at, is_confidential)::DATE                                      AS waited_until,
        coarse(since_at, is_confidential)::DATE                                             AS since,
        coarse(last_at, is_confidential)::DATE                                              AS last_on
    FROM stood
)
SELECT DISTINCT
    d.* EXCLUDE (post_id, opened_on, waited_until, since, last_on),
    CASE WHEN d.post_id IS NOT NULL THEN coalesce(p.submitter_id, '') END                   AS submitter,
    greatest(until.nth - opened.nth, 0)                                                     AS n_waited,
    greatest(last.nth - opened.nth, 0)                                                      AS n_age,
    greatest(last.nth - since.nth, 0)                                                       AS n_open
FROM dated AS d
LEFT JOIN current_posts AS p USING (post_id)
JOIN working_days AS opened ON opened.day = d.opened_on
JOIN working_days AS until ON until.day = d.waited_until
JOIN working_days AS since ON since.day = d.since
JOIN working_days AS last ON last.day = d.last_on
