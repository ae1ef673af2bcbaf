-- erased_posts: one row a post of which neither a word nor a name is left, by its pseudonym. It lands no more.
CREATE TABLE erased_posts (
    post_id   VARCHAR PRIMARY KEY,
    erased_at TIMESTAMPTZ NOT NULL
);

-- erased_submitters: one row a person all of whose posts up to until_at were erased, by the pseudonym of channel and
-- author (of an empty channel, where every channel is meant). A post of that time lands no more.
CREATE TABLE erased_submitters (
    submitter_id VARCHAR PRIMARY KEY,
    until_at     TIMESTAMPTZ NOT NULL
);

-- traces: one row a reason (erasure or retention) why bytes of what is gone from all tables may still lie in free blocks
-- of this file, in journals or in older snapshots; none once they are gone from there, too.
CREATE TABLE traces (
    reason VARCHAR PRIMARY KEY,
    since  TIMESTAMPTZ NOT NULL
);
