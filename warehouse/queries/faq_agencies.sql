-- One row an agency that has questions ('none' for none): how many, how often they were asked, and how many have an
-- official answer.
SELECT
    coalesce(mda, 'none')           AS mda,
    count(*)                        AS n_questions,
    sum(n_asked)::BIGINT            AS n_asked,
    count(texts)                    AS n_answered
FROM mart_faqs
GROUP BY ALL
ORDER BY mda
