-- gloss: the redacted text in English words, which merging compares across languages; null in rows of earlier models.
ALTER TABLE enriched ADD COLUMN gloss VARCHAR;
DROP VIEW current_posts;
CREATE VIEW current_posts AS
SELECT *
FROM enriched
QUALIFY row_number() OVER (PARTITION BY post_id ORDER BY version DESC) = 1;

-- topic_changes: one row a topic that ended in another one (merged) or began out of another one (split), for good.
CREATE TABLE topic_changes (
    changed_at TIMESTAMPTZ NOT NULL,
    kind       VARCHAR NOT NULL,
    topic_id   INTEGER NOT NULL,
    other_id   INTEGER NOT NULL
);

-- topic_bursts: one row a topic, how much it is spoken of in the hours up to until_at.
CREATE TABLE topic_bursts (
    topic_id    INTEGER PRIMARY KEY,
    until_at    TIMESTAMPTZ NOT NULL,
    is_bursting BOOLEAN NOT NULL,
    window_hours INTEGER NOT NULL,
    n_voices    INTEGER NOT NULL,
    n_expected  DOUBLE NOT NULL,
    p           DOUBLE NOT NULL,
    n_posts     INTEGER NOT NULL,
    is_campaign BOOLEAN NOT NULL
);
