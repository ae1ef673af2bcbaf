-- Grain: one row a series (dimension: all, channel, lang, mda, category or district; and its code), unit and week, weeks without
-- posts included. Of `unit` day the newest day and the same day of the weeks before are counted, each up to the hour at
-- which the newest ends (see mart_pulse_clock); of `unit` week the seven days that end there, and those before.
-- `weeks_ago` 0 is the newest. A voice is an author, or a post that names none, counted once a window. Confidential posts
-- are no voice of a day, and of no channel or place; in weeks they count where their own week has ended.
-- `last_date`: the newest day of a post of the series in all these weeks.
WITH recent AS (
    SELECT
        coalesce(submitter_id, post_id)                                                     AS voice,
        created_date,
        is_confidential,
        CASE WHEN is_confidential THEN (created_date + 7)::TIMESTAMP ELSE created_at::TIMESTAMP END AS said_at,
        c.*,
        [
            {'dimension': 'all', 'code': 'all'},
            {'dimension': 'channel', 'code': CASE WHEN NOT is_confidential THEN channel END},
            {'dimension': 'lang', 'code': lang},
            {'dimension': 'mda', 'code': coalesce(mda, 'none')},
            {'dimension': 'category', 'code': category},
            {'dimension': 'district', 'code': CASE WHEN NOT is_confidential THEN coalesce(district, 'unknown') END}
        ]                                                                                   AS series
    FROM mart_posts CROSS JOIN mart_pulse_clock AS c
    WHERE created_date BETWEEN latest_date - 77 AND latest_date
),
windows AS (
    SELECT 'day' AS unit, (latest_date - created_date) // 7 AS weeks_ago, voice, series
    FROM recent
    WHERE NOT is_confidential AND (latest_date - created_date) % 7 = 0 AND (latest_date - created_date) // 7 <= n_days
        AND said_at - created_date::TIMESTAMP < until_at - latest_date::TIMESTAMP
    UNION ALL
    SELECT 'week', floor(epoch(until_at - said_at) / 604800)::BIGINT AS weeks_ago, voice, series
    FROM recent
    WHERE said_at <= until_at AND weeks_ago <= n_weeks
),
counted AS (
    SELECT unit, weeks_ago, s.dimension AS dimension, s.code AS code, count(*) AS n_posts, count(DISTINCT voice) AS n_voices
    FROM (SELECT unit, weeks_ago, voice, unnest(series) AS s FROM windows)
    WHERE s.code IS NOT NULL
    GROUP BY ALL
),
known AS (
    SELECT s.dimension AS dimension, s.code AS code, max(created_date) FILTER (NOT is_confidential) AS last_date
    FROM (SELECT created_date, is_confidential, unnest(series) AS s FROM recent)
    WHERE s.code IS NOT NULL
    GROUP BY ALL
),
units AS (
    SELECT 'day' AS unit, unnest(generate_series(0, n_days)) AS weeks_ago FROM mart_pulse_clock
    UNION ALL
    SELECT 'week', unnest(generate_series(0, n_weeks)) FROM mart_pulse_clock
)
SELECT
    k.dimension,
    k.code,
    u.unit,
    u.weeks_ago,
    coalesce(c.n_posts, 0)                                                                  AS n_posts,
    coalesce(c.n_voices, 0)                                                                 AS n_voices,
    k.last_date
FROM known AS k CROSS JOIN units AS u
LEFT JOIN counted AS c USING (dimension, code, unit, weeks_ago)
ORDER BY ALL
