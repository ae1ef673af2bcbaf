-- landing: one row a version of a post, as received; raw text and identities live here and nowhere else in the warehouse.
CREATE SEQUENCE landing_ids;

CREATE TABLE landing (
    landing_id      BIGINT PRIMARY KEY DEFAULT nextval('landing_ids'),
    source          VARCHAR NOT NULL,
    source_id       VARCHAR NOT NULL,
    version         INTEGER NOT NULL,
    content_hash    VARCHAR NOT NULL,
    fetched_at      TIMESTAMPTZ NOT NULL,
    raw             JSON NOT NULL,
    text            VARCHAR NOT NULL,
    created_at      TIMESTAMPTZ,
    channel         VARCHAR NOT NULL,
    author          VARCHAR,
    district        VARCHAR,
    lat             DOUBLE,
    lon             DOUBLE,
    address         VARCHAR,
    url             VARCHAR,
    is_formal       BOOLEAN NOT NULL,
    source_category VARCHAR,
    UNIQUE (source, source_id, version)
);

-- watermarks: one row a source, how far it has been read; moves in the transaction that lands the rows.
CREATE TABLE watermarks (
    source     VARCHAR PRIMARY KEY,
    cursor     JSON NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- pulls: one row an attempt to read a source, whatever came of it.
CREATE SEQUENCE pull_ids;

CREATE TABLE pulls (
    pull_id      BIGINT PRIMARY KEY DEFAULT nextval('pull_ids'),
    source       VARCHAR NOT NULL,
    kind         VARCHAR NOT NULL,
    started_at   TIMESTAMPTZ NOT NULL,
    ended_at     TIMESTAMPTZ NOT NULL,
    n_read       BIGINT NOT NULL,
    n_new        BIGINT NOT NULL,
    n_set_aside  BIGINT NOT NULL,
    failure      VARCHAR
);
