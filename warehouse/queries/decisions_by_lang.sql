-- One row a language: how many posts there are, how many go to an agency by themselves, and of the cases that a person
-- decided how many were corrected. Confidential cases tell no language.
WITH said AS (
    SELECT lang, count(*) AS n_posts, count(*) FILTER (route = 'auto') AS n_auto FROM mart_posts GROUP BY lang
),
decided AS (
    SELECT lang, count(*) AS n_decided, count(*) FILTER (is_corrected) AS n_corrected
    FROM mart_cases WHERE is_corrected IS NOT NULL AND lang IS NOT NULL GROUP BY lang
)
SELECT
    lang, coalesce(n_posts, 0) AS n_posts, coalesce(n_auto, 0) AS n_auto, coalesce(n_decided, 0) AS n_decided,
    coalesce(n_corrected, 0) AS n_corrected
FROM said FULL JOIN decided USING (lang)
ORDER BY n_posts DESC, lang
