-- One row a formal matter: a case and how far it has come, all of it invented. Needs the tables of large_home.sql and
-- officers (mda, account_id).
CREATE TEMP TABLE invented_cases AS
WITH opened AS (
    SELECT
        row_number() OVER (ORDER BY m.said_at, m.g) AS case_id, m.*, m.said_at + INTERVAL 10 MINUTE AS opened_at,
        chance(m.g, 'is answered') < 0.95       AS will_answer,
        2 + 10 * chance(hash(coalesce(m.mda, '')), 'pace') AS pace,
        chance(m.g, 'corrected') < 0.08         AS is_corrected
    FROM matters AS m WHERE m.is_formal
),
answering AS (
    SELECT *, opened_at + to_seconds(86400 * pace * -ln(1 - chance(g, 'wait'))) AS first_at FROM opened
),
closing AS (
    SELECT
        * REPLACE (CASE WHEN will_answer AND first_at < getvariable('until_at') THEN first_at END AS first_at),
        CASE
            WHEN will_answer THEN first_at + to_seconds(86400 * 3 * -ln(1 - chance(g, 'close')))
            WHEN chance(g, 'is dropped') < 0.5 THEN opened_at + to_seconds(86400 * 4 * chance(g, 'close'))
        END                                     AS closing_at,
        chance(g, 'appeal') < 0.01              AS will_appeal
    FROM answering
),
ended AS (
    SELECT
        *,
        CASE WHEN closing_at < getvariable('until_at') - INTERVAL 3 DAY AND will_appeal AND first_at IS NOT NULL
             THEN closing_at + INTERVAL 2 DAY END AS appealed_at,
        CASE WHEN closing_at < getvariable('until_at') THEN closing_at END AS ended_at
    FROM closing
)
SELECT
    case_id::INTEGER                            AS case_id,
    'C-' || upper(substr(md5('case' || case_id), 1, 4) || '-' || printf('%05x', case_id)) AS reference,
    CASE
        WHEN appealed_at IS NOT NULL THEN 'escalated'
        WHEN ended_at IS NOT NULL AND first_at IS NULL
            THEN one_of(['withdrawn', 'duplicate', 'out_of_scope'], g, 'end')
        WHEN ended_at IS NOT NULL THEN one_of(['resolved', 'resolved', 'upheld', 'partly_upheld', 'not_upheld'], g, 'end')
        WHEN first_at IS NOT NULL THEN 'in_progress'
        WHEN chance(g, 'held') < 0.05 THEN 'on_hold'
        ELSE one_of(['received', 'acknowledged', 'routed'], g, 'state')
    END                                         AS state,
    CASE WHEN appealed_at IS NOT NULL THEN 'oversight' WHEN chance(g, 'level') < 0.03 THEN 'head' ELSE 'agency' END AS level,
    mda,
    category,
    CASE WHEN chance(g, 'urgency') < 0.01 THEN 'emergency' WHEN chance(g, 'urgency') < 0.08 THEN 'urgent' ELSE 'normal' END AS urgency,
    is_confidential,
    CASE WHEN is_corrected THEN NULL ELSE mda END AS suggested_mda,
    CASE WHEN is_corrected THEN 'other' ELSE category END AS suggested_category,
    0.3 + 0.69 * sqrt(chance(g, 'confidence'))  AS confidence,
    opened_at,
    opened_at + INTERVAL 2 DAY                  AS acknowledge_by,
    opened_at + INTERVAL 14 DAY                 AS answer_by,
    CASE WHEN coalesce(first_at, ended_at) IS NOT NULL
         THEN opened_at + (coalesce(first_at, ended_at) - opened_at) * 0.5 END AS decided_at,
    CASE WHEN appealed_at IS NULL THEN first_at END AS answered_at,
    first_at                                    AS first_answered_at,
    CASE WHEN appealed_at IS NULL THEN ended_at END AS closed_at,
    appealed_at,
    (appealed_at IS NOT NULL)::INTEGER          AS appeals,
    first_at IS NOT NULL AND chance(g, 'elsewhere') < 0.05 AS sends_elsewhere,
    CASE WHEN first_at IS NOT NULL THEN account_id END AS handler_id,
    g, title, coalesce(topic_id, 1000000 + g)::BIGINT AS about
FROM ended LEFT JOIN officers USING (mda);
