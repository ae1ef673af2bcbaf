-- Grain: one row a question that was asked by two posts or more, or that has an official answer. The answer of an entry is
-- the newest whose case holds one of its posts; every other answer is an entry by itself. `texts` are the
-- answer by language; `n_since` counts how often it was asked after the answer was made official, `n_last_28_days` and
-- `n_previous_28_days` count back from the newest date that a post gives (see mart_clock). Posts that a person made
-- confidential since are left out; where one of them spoke for an entry (its `faq_id`), the earliest other one does.
WITH asked AS (
    SELECT
        f.faq_id,
        CASE
            WHEN bool_or(p.post_id = f.faq_id) OVER (PARTITION BY f.faq_id) THEN f.question
            ELSE first_value(p.text) OVER (PARTITION BY f.faq_id ORDER BY coalesce(p.created_at, p.fetched_at), p.post_id)
        END                                         AS question,
        p.* EXCLUDE (post_id), p.post_id, coalesce(p.created_at, p.fetched_at) AS said_at
    FROM faqs AS f JOIN faq_members USING (faq_id) JOIN current_posts AS p USING (post_id)
    WHERE NOT p.is_confidential
    QUALIFY count(*) OVER (PARTITION BY f.faq_id) > 1
),
answered AS (
    SELECT answer_id, unnest(post_ids) AS post_id, approved_at FROM official_answers
),
answer_of AS (
    SELECT asked.faq_id, arg_max(answer_id, (answered.approved_at, answer_id)) AS answer_id
    FROM asked JOIN answered USING (post_id)
    GROUP BY asked.faq_id
),
entries AS (
    SELECT faq_id, question, mda, lang, post_id, submitter_id, text, said_at, a.answer_id
    FROM asked LEFT JOIN answer_of AS a USING (faq_id)
    UNION ALL
    SELECT
        'answer-' || o.answer_id, o.question, o.mda, p.lang, p.post_id, p.submitter_id, p.text,
        coalesce(p.created_at, p.fetched_at), o.answer_id
    FROM official_answers AS o
    LEFT JOIN answered USING (answer_id)
    LEFT JOIN current_posts AS p ON p.post_id = answered.post_id AND NOT p.is_confidential
    WHERE o.answer_id NOT IN (SELECT answer_id FROM answer_of)
)
SELECT
    e.faq_id,
    coalesce(any_value(o.question), e.question)                                     AS question,
    coalesce(any_value(o.mda), mode(e.mda ORDER BY e.mda))                          AS mda,
    coalesce(list(DISTINCT e.lang ORDER BY e.lang) FILTER (e.lang IS NOT NULL), []) AS langs,
    count(e.post_id)                                                                AS n_asked,
    count(DISTINCT e.submitter_id)                                                  AS n_voices,
    count(e.post_id) FILTER (e.submitter_id IS NULL)                                AS n_without_author,
    coalesce(min(e.said_at), any_value(o.approved_at))                              AS first_at,
    coalesce(max(e.said_at), any_value(o.approved_at))                              AS last_at,
    coalesce(list(e.text ORDER BY e.said_at, e.post_id) FILTER (e.text <> ''), [])[:10] AS variants,
    e.answer_id,
    any_value(o.texts)                                                              AS texts,
    any_value(o.approved_at)                                                        AS approved_at,
    any_value(o.review_by)                                                          AS review_by,
    count(e.post_id) FILTER (e.said_at > o.approved_at)                             AS n_since,
    count(e.post_id) FILTER (c.latest_date - e.said_at::DATE BETWEEN 0 AND 27)      AS n_last_28_days,
    count(e.post_id) FILTER (c.latest_date - e.said_at::DATE BETWEEN 28 AND 55)     AS n_previous_28_days
FROM entries AS e LEFT JOIN official_answers AS o USING (answer_id) CROSS JOIN mart_clock AS c
GROUP BY e.faq_id, e.question, e.answer_id
ORDER BY n_asked DESC, e.faq_id
