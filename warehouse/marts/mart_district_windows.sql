-- Grain: one row a window (7, 28 or 91 days that end with the newest day, see mart_clock, or the same number of days
-- before: `windows_ago`, up to 8, 6 and 4), category ('' for all) and district that had posts. A voice is an author, or a
-- post that names none, counted once a window and row. Posts that tell no place stand under 'unknown'. Confidential posts
-- stand under 'confidential', of the newest window only, and count where their own week has ended.
WITH windows AS (
    FROM (VALUES (7, 8), (28, 6), (91, 4)) AS of(days, most)
),
said AS (
    SELECT
        coalesce(submitter_id, post_id)                                                     AS voice,
        CASE WHEN is_confidential THEN 'confidential' ELSE coalesce(district, 'unknown') END AS district,
        category,
        c.latest_date - (created_date + CASE WHEN is_confidential THEN 6 ELSE 0 END)        AS age_days,
        c.latest_date - c.first_date + 1                                                    AS n_days
    FROM mart_posts JOIN mart_clock AS c ON created_date BETWEEN c.latest_date - 455 AND c.latest_date
)
SELECT
    days,
    category,
    district,
    windows_ago,
    count(*)                                                                                AS n_posts,
    count(DISTINCT voice)                                                                   AS n_voices
FROM (
    SELECT days, unnest(['', category]) AS category, district, age_days // days AS windows_ago, voice
    FROM said CROSS JOIN windows
    WHERE age_days BETWEEN 0 AND days * (most + 1) - 1 AND (age_days < days OR (age_days // days + 1) * days <= n_days)
        AND (district <> 'confidential' OR age_days < days)
)
GROUP BY ALL
ORDER BY ALL
