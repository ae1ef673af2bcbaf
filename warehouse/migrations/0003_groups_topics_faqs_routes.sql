-- group_members: one row a post; posts that say the same again share a group, named after its earliest post.
CREATE TABLE group_members (
    post_id  VARCHAR PRIMARY KEY,
    group_id VARCHAR NOT NULL,
    match    VARCHAR NOT NULL,
    of       VARCHAR,
    score    DOUBLE NOT NULL
);

-- topics: one row a topic; its id stays while the topic lives.
CREATE TABLE topics (
    topic_id               INTEGER PRIMARY KEY,
    label                  VARCHAR NOT NULL,
    terms                  VARCHAR[] NOT NULL,
    representative_post_id VARCHAR NOT NULL
);

CREATE TABLE topic_members (
    post_id  VARCHAR PRIMARY KEY,
    topic_id INTEGER NOT NULL
);

CREATE SEQUENCE topic_ids START 1;

-- faqs: one row a question that people ask again and again; named after the post whose words stand for all.
CREATE TABLE faqs (
    faq_id   VARCHAR PRIMARY KEY,
    question VARCHAR NOT NULL
);

CREATE TABLE faq_members (
    post_id VARCHAR PRIMARY KEY,
    faq_id  VARCHAR NOT NULL
);

-- routes: one row a group, where the pipeline would send it; what a person decides is kept in the portal's store.
CREATE TABLE routes (
    group_id   VARCHAR PRIMARY KEY,
    mda        VARCHAR,
    category   VARCHAR NOT NULL,
    route      VARCHAR NOT NULL,
    confidence DOUBLE NOT NULL,
    urgency    VARCHAR NOT NULL,
    is_formal  BOOLEAN NOT NULL,
    is_confidential BOOLEAN NOT NULL,
    model      VARCHAR NOT NULL
);

-- stages: one row a stage that reads all posts at once; what it last worked on, so that nothing new means nothing to do.
CREATE TABLE stages (
    stage        VARCHAR PRIMARY KEY,
    input_digest VARCHAR NOT NULL,
    finished_at  TIMESTAMPTZ NOT NULL
);
