-- One row an agency that the machine suggested ('none' for no agency): posts and those that go there by themselves, cases
-- that a person decided, and those of them that were corrected.
WITH said AS (
    SELECT coalesce(mda, 'none') AS mda, count(*) AS n_posts, count(*) FILTER (route = 'auto') AS n_auto
    FROM mart_posts GROUP BY 1
),
decided AS (
    SELECT coalesce(suggested_mda, 'none') AS mda, count(*) AS n_decided, count(*) FILTER (is_corrected) AS n_corrected
    FROM mart_cases WHERE is_corrected IS NOT NULL GROUP BY 1
)
SELECT
    mda, coalesce(n_posts, 0) AS n_posts, coalesce(n_auto, 0) AS n_auto, coalesce(n_decided, 0) AS n_decided,
    coalesce(n_corrected, 0) AS n_corrected
FROM said FULL JOIN decided USING (mda)
ORDER BY n_posts DESC, mda
