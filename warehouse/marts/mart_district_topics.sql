-- Grain: one row a district, category ('' for all), window (7, 28 or 91 days that end with the newest day) and topic, the
-- ten with the most posts. Confidential posts have no place, so there are none here.
WITH said AS (
    SELECT
        coalesce(district, 'unknown')                                                       AS district,
        category,
        topic_id,
        coalesce(submitter_id, post_id)                                                     AS voice,
        c.latest_date - created_date                                                        AS age_days
    FROM mart_posts JOIN mart_clock AS c ON created_date BETWEEN c.latest_date - 90 AND c.latest_date
    WHERE NOT is_confidential AND topic_id IS NOT NULL
),
counted AS (
    SELECT district, category, days, topic_id, count(*) AS n_posts, count(DISTINCT voice) AS n_voices
    FROM (
        SELECT district, unnest(['', category]) AS category, days, topic_id, voice
        FROM said CROSS JOIN (VALUES (7), (28), (91)) AS windows(days)
        WHERE age_days < days
    )
    GROUP BY ALL
)
SELECT district, category, days, topic_id, n_posts, n_voices
FROM counted
QUALIFY row_number() OVER (
    PARTITION BY district, category, days ORDER BY n_posts DESC, n_voices DESC, topic_id
) <= 10
ORDER BY ALL
