-- One row a language: how many posts there are, how many go to an agency by themselves, and of the cases that a person
-- decided how many were corrected. Confidential cases tell no language.
SELECT
    lang, sum(n_posts)::BIGINT AS n_posts, sum(n_auto)::BIGINT AS n_auto, sum(n_decided)::BIGINT AS n_decided,
    sum(n_corrected)::BIGINT AS n_corrected
FROM mart_decisions
WHERE lang IS NOT NULL
GROUP BY lang
ORDER BY n_posts DESC, lang
