-- Grain: one row a topic, with those that people merged into it. Seven-day figures count back from the newest date that a
-- post gives (see mart_clock); the burst is that of the hour of the newest post, found when topics were, and of several
-- parts that of the likeliest one. `label` is the person's name for it, where there is one, `machine_label` the machine's.
-- `taken_for_id` is the topic that it is most easily taken for: only `n_nearer` of `n_sampled` posts lie nearer to their own
-- (see mart_topic_relations, which is built before, like mart_topic_periods).
WITH posts AS (
    SELECT
        m.topic_id,
        m.mda,
        m.lang,
        m.is_confidential,
        m.created_at                            AS said_at,
        p.submitter_id,
        c.latest_date - m.created_date          AS age_days
    FROM mart_posts AS m JOIN current_posts AS p USING (post_id) CROSS JOIN mart_clock AS c
    WHERE m.topic_id IS NOT NULL
),
figures AS (
    SELECT
        topic_id,
        mode(mda ORDER BY mda)                                          AS mda,
        mode(lang ORDER BY lang)                                        AS lang,
        count(*)                                                        AS n_posts,
        count(*) FILTER (is_confidential)                               AS n_confidential,
        count(DISTINCT submitter_id)                                    AS n_voices,
        count(*) FILTER (submitter_id IS NULL)                          AS n_without_author,
        min(said_at)                                                    AS first_at,
        max(said_at)                                                    AS last_at,
        count(*) FILTER (age_days BETWEEN 0 AND 6)                      AS n_last_7_days,
        count(*) FILTER (age_days BETWEEN 7 AND 13)                     AS n_previous_7_days
    FROM posts
    GROUP BY topic_id
),
parts AS (
    SELECT p.topic_id, p.part_id, t.terms FROM topic_parts AS p JOIN topics AS t ON t.topic_id = p.part_id
),
each_term AS (
    SELECT topic_id, part_id, unnest(terms) AS term, generate_subscripts(terms, 1) AS place FROM parts
),
ranked AS (
    SELECT topic_id, term, min(part_id <> topic_id) AS has_joined, min(place) AS place
    FROM each_term
    GROUP BY topic_id, term
),
terms AS (
    SELECT topic_id, list(term ORDER BY has_joined, place, term)[:12] AS terms FROM ranked GROUP BY topic_id
),
bursts AS (
    SELECT p.topic_id, arg_min(b, (b.p, b.topic_id)) AS likeliest
    FROM topic_bursts AS b JOIN topic_parts AS p ON p.part_id = b.topic_id
    GROUP BY p.topic_id
),
periods AS (
    SELECT topic_id, list(n_posts ORDER BY period_date)[-26:] AS n_posts_by_period FROM mart_topic_periods GROUP BY topic_id
),
taken_for AS (
    SELECT topic_id, arg_min(r, (r.n_nearer, r.place)) AS likest FROM mart_topic_relations AS r GROUP BY topic_id
),
held AS (
    SELECT unnest(post_ids) AS post_id, reference, is_confidential, answered_at FROM cases
),
cases_of AS (
    SELECT
        m.topic_id,
        count(DISTINCT reference) FILTER (NOT held.is_confidential)                                 AS n_cases,
        count(DISTINCT reference) FILTER (NOT held.is_confidential AND answered_at IS NOT NULL)     AS n_answered_cases,
        count(DISTINCT reference) FILTER (held.is_confidential)                                     AS n_confidential_cases
    FROM held JOIN mart_posts AS m USING (post_id)
    WHERE m.topic_id IS NOT NULL
    GROUP BY m.topic_id
)
SELECT
    t.topic_id,
    coalesce(marks.label, t.label)                                        AS label,
    t.label                                                               AS machine_label,
    terms.terms,
    CASE WHEN NOT r.is_confidential THEN nullif(r.text, '') END           AS representative_text,
    figures.* EXCLUDE (topic_id),
    coalesce(likeliest.is_bursting, false)                                AS is_bursting,
    likeliest.until_at                                                    AS burst_until_at,
    likeliest.window_hours                                                AS burst_window_hours,
    likeliest.n_voices                                                    AS burst_n_voices,
    likeliest.n_expected                                                  AS burst_n_expected,
    likeliest.p                                                           AS burst_p,
    coalesce(likeliest.is_campaign, false)                                AS is_campaign,
    coalesce(marks.is_pinned, false)                                      AS is_pinned,
    coalesce(marks.is_muted, false)                                       AS is_muted,
    likest.other_id                                                       AS taken_for_id,
    coalesce(likest.n_sampled, 0)                                         AS n_sampled,
    coalesce(likest.n_nearer, 0)                                          AS n_nearer,
    coalesce(cases_of.n_cases, 0)                                         AS n_cases,
    coalesce(cases_of.n_answered_cases, 0)                                AS n_answered_cases,
    coalesce(cases_of.n_confidential_cases, 0)                            AS n_confidential_cases,
    periods.n_posts_by_period
FROM topics AS t
JOIN figures USING (topic_id)
JOIN terms USING (topic_id)
LEFT JOIN bursts USING (topic_id)
LEFT JOIN topic_marks AS marks USING (topic_id)
LEFT JOIN taken_for USING (topic_id)
LEFT JOIN cases_of USING (topic_id)
LEFT JOIN periods USING (topic_id)
LEFT JOIN current_posts AS r ON r.post_id = t.representative_post_id
ORDER BY n_posts DESC, t.topic_id
