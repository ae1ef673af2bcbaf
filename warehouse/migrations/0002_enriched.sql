-- enriched: one row a landed version, redacted and triaged; post_id and submitter_id are keyed pseudonyms.
CREATE TABLE enriched (
    landing_id      BIGINT PRIMARY KEY,
    post_id         VARCHAR NOT NULL,
    version         INTEGER NOT NULL,
    submitter_id    VARCHAR,
    source          VARCHAR NOT NULL,
    channel         VARCHAR NOT NULL,
    is_formal       BOOLEAN NOT NULL,
    created_at      TIMESTAMPTZ,
    fetched_at      TIMESTAMPTZ NOT NULL,
    lang            VARCHAR NOT NULL,
    text            VARCHAR NOT NULL,
    pii_kinds       VARCHAR[] NOT NULL,
    category        VARCHAR NOT NULL,
    mda             VARCHAR,
    confidence      DOUBLE NOT NULL,
    in_scope        DOUBLE NOT NULL,
    candidates      JSON NOT NULL,
    route           VARCHAR NOT NULL,
    kind            VARCHAR NOT NULL,
    urgency         VARCHAR NOT NULL,
    is_confidential BOOLEAN NOT NULL,
    accused         VARCHAR[] NOT NULL,
    district        VARCHAR,
    reasons         VARCHAR[] NOT NULL,
    model           VARCHAR NOT NULL,
    enriched_at     TIMESTAMPTZ NOT NULL,
    embedding       FLOAT[] NOT NULL
);

-- current_posts: one row a post, its newest enriched version.
CREATE VIEW current_posts AS
SELECT *
FROM enriched
QUALIFY row_number() OVER (PARTITION BY post_id ORDER BY version DESC) = 1;
