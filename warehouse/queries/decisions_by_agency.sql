-- One row an agency that the machine suggested ('none' for no agency): posts and those that go there by themselves, cases
-- that a person decided, and those of them that were corrected.
SELECT
    mda, sum(n_posts)::BIGINT AS n_posts, sum(n_auto)::BIGINT AS n_auto, sum(n_decided)::BIGINT AS n_decided,
    sum(n_corrected)::BIGINT AS n_corrected
FROM mart_decisions
GROUP BY mda
ORDER BY n_posts DESC, mda
