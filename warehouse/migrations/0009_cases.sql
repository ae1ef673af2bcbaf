-- cases, official_answers: copied from the portal's store at each run, for marts; codes and times, and of words only those
-- that an agency stands for before everybody. A case's reference is no receipt: it opens nothing.
CREATE TABLE cases (
    reference          VARCHAR PRIMARY KEY,
    mda                VARCHAR,
    category           VARCHAR NOT NULL,
    suggested_mda      VARCHAR,
    suggested_category VARCHAR NOT NULL,
    suggested_by_model VARCHAR NOT NULL,
    confidence         DOUBLE NOT NULL,
    urgency            VARCHAR NOT NULL,
    is_confidential    BOOLEAN NOT NULL,
    is_formal          BOOLEAN NOT NULL,
    level              VARCHAR NOT NULL,
    state              VARCHAR NOT NULL,
    opened_at          TIMESTAMPTZ NOT NULL,
    answer_by          TIMESTAMPTZ NOT NULL,
    decided_at         TIMESTAMPTZ,
    first_answered_at  TIMESTAMPTZ,
    answered_at        TIMESTAMPTZ,
    held_since         TIMESTAMPTZ,
    closed_at          TIMESTAMPTZ,
    appealed_at        TIMESTAMPTZ,
    appeals            INTEGER NOT NULL,
    sends_elsewhere    BOOLEAN NOT NULL,
    lang               VARCHAR,
    post_ids           VARCHAR[] NOT NULL
);

CREATE TABLE official_answers (
    answer_id   INTEGER PRIMARY KEY,
    mda         VARCHAR NOT NULL,
    category    VARCHAR NOT NULL,
    question    VARCHAR NOT NULL,
    texts       JSON NOT NULL,
    approved_at TIMESTAMPTZ NOT NULL,
    review_by   TIMESTAMPTZ NOT NULL,
    post_ids    VARCHAR[] NOT NULL
);

-- current_posts: one row a post, its newest enriched version. What a person decided of a case's confidentiality holds for
-- its posts; as long as nobody decided, a post is confidential where the case or the machine says so.
DROP VIEW current_posts;
CREATE VIEW current_posts AS
WITH said AS (
    SELECT unnest(post_ids) AS post_id, is_confidential AS of_case, decided_at IS NOT NULL AS is_decided FROM cases
)
SELECT
    enriched.* REPLACE (
        CASE
            WHEN is_decided THEN of_case
            ELSE is_confidential OR coalesce(of_case, FALSE)
        END AS is_confidential
    )
FROM enriched LEFT JOIN said USING (post_id)
QUALIFY row_number() OVER (PARTITION BY enriched.post_id ORDER BY version DESC) = 1;
