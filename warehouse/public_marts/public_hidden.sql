-- Grain: one row a reason why something is not to be seen and a whole month, or all time so far (`month` is null: such a
-- row is always there). Of an erasure and a withdrawn answer the month in which it was done, of a closed case that of its
-- end, of confidential posts that in which they were said. A month that is not listed is fewer than ten.
WITH machine AS (
    SELECT post_id, is_confidential FROM enriched
    QUALIFY row_number() OVER (PARTITION BY post_id ORDER BY version DESC) = 1
),
kinds AS (
    SELECT unnest([
        'erased', 'confidential_by_machine', 'confidential_by_person', 'opened_by_person', 'out_of_scope', 'withdrawn',
        'answer_withdrawn', 'raw_text_forgotten'
    ]) AS kind
),
happened AS (
    SELECT 'erased' AS kind, date_trunc('month', e.erased_at)::DATE AS month, e.post_id AS one, p.submitter
    FROM erased_posts AS e JOIN behind_posts AS p USING (post_id)
    WHERE e.erased_at < counted_until()
    UNION ALL
    SELECT
        CASE
            WHEN m.is_confidential AND p.is_confidential THEN 'confidential_by_machine'
            WHEN p.is_confidential THEN 'confidential_by_person'
            ELSE 'opened_by_person'
        END, p.month, p.post_id, p.submitter
    FROM behind_posts AS p JOIN machine AS m USING (post_id)
    WHERE m.is_confidential OR p.is_confidential
    UNION ALL
    SELECT end_state, end_month, reference, submitter FROM behind_cases WHERE end_state IN ('out_of_scope', 'withdrawn')
    UNION ALL
    SELECT 'answer_withdrawn', date_trunc('month', w.withdrawn_at)::DATE, w.answer_id::VARCHAR, coalesce(p.submitter_id, '')
    FROM (SELECT *, unnest(post_ids) AS post_id FROM withdrawn_answers) AS w LEFT JOIN current_posts AS p USING (post_id)
    WHERE w.withdrawn_at < counted_until()
    UNION ALL
    SELECT DISTINCT 'raw_text_forgotten', NULL::DATE, p.post_id, p.submitter
    FROM landing AS l JOIN enriched AS e USING (landing_id) JOIN behind_posts AS p USING (post_id)
    WHERE l.text = '' AND l.content_hash <> ''
),
by_month AS (
    SELECT kind, month, protect(count(DISTINCT one), count(DISTINCT submitter)) AS n
    FROM happened WHERE month IS NOT NULL GROUP BY kind, month
),
in_all AS (
    SELECT kind, protect(count(DISTINCT one), count(DISTINCT submitter)) AS n FROM happened GROUP BY kind
),
told AS (
    SELECT kind, month, n FROM by_month WHERE n IS NOT NULL AND month + INTERVAL 1 MONTH <= counted_until()
    UNION ALL
    SELECT k.kind, NULL, protect_total(any_value(a.n), coalesce(list(m.n) FILTER (m.kind IS NOT NULL), []))
    FROM kinds AS k LEFT JOIN in_all AS a USING (kind) LEFT JOIN by_month AS m USING (kind)
    GROUP BY k.kind
)
SELECT * FROM told ORDER BY kind, month NULLS FIRST
