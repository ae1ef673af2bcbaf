-- current_posts: as before; the newest version of each post is found by its number alone, so that a million posts are not
-- sorted with their words and vectors. What a person decided of a case's confidentiality holds for its posts; as long as
-- nobody decided, a post is confidential where the case or the machine says so.
DROP VIEW current_posts;
CREATE VIEW current_posts AS
WITH newest AS (
    SELECT arg_max(landing_id, version) AS landing_id FROM enriched GROUP BY post_id
),
said AS (
    SELECT post_id, bool_or(of_case) AS of_case, bool_or(is_decided) AS is_decided
    FROM (
        SELECT unnest(post_ids) AS post_id, is_confidential AS of_case, decided_at IS NOT NULL AS is_decided FROM cases
    )
    GROUP BY post_id
)
SELECT
    enriched.* REPLACE (
        CASE
            WHEN is_decided THEN of_case
            ELSE is_confidential OR coalesce(of_case, FALSE)
        END AS is_confidential
    )
FROM enriched SEMI JOIN newest USING (landing_id) LEFT JOIN said USING (post_id);
