-- Grain: one row a week (Monday), language and agency that the machine suggested ('none' for none): posts said in it, how
-- many of them go there by themselves and how sure it was of them, in millionths all together; cases that a person decided
-- in it, and those that were corrected. Confidential cases stand under no language.
WITH said AS (
    SELECT
        date_trunc('week', created_date)::DATE      AS week_date,
        lang,
        coalesce(mda, 'none')                       AS mda,
        count(*)                                    AS n_posts,
        count(*) FILTER (route = 'auto')            AS n_auto,
        sum(round(confidence * 1e6)::BIGINT)        AS confidence  -- whole numbers add up to the same in any order
    FROM mart_posts
    GROUP BY ALL
),
decided AS (
    SELECT
        date_trunc('week', decided_at)::DATE        AS week_date,
        lang,
        coalesce(suggested_mda, 'none')             AS mda,
        count(*)                                    AS n_decided,
        count(*) FILTER (is_corrected)              AS n_corrected
    FROM mart_cases
    WHERE is_corrected IS NOT NULL
    GROUP BY ALL
)
SELECT
    week_date,
    lang,
    mda,
    coalesce(sum(n_posts), 0)::BIGINT               AS n_posts,
    coalesce(sum(n_auto), 0)::BIGINT                AS n_auto,
    coalesce(sum(confidence), 0)::BIGINT            AS confidence,
    coalesce(sum(n_decided), 0)::BIGINT             AS n_decided,
    coalesce(sum(n_corrected), 0)::BIGINT           AS n_corrected
FROM (FROM said UNION ALL BY NAME FROM decided)
GROUP BY ALL
ORDER BY ALL
