-- withdrawn_answers: one row an official answer that holds no more, copied from the portal's store at each run to be
-- counted; nothing of what it said.
CREATE TABLE withdrawn_answers (
    answer_id    INTEGER PRIMARY KEY,
    withdrawn_at TIMESTAMPTZ NOT NULL,
    post_ids     VARCHAR[] NOT NULL
);
