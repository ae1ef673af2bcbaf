-- calendar: one row a day, and how many working days there were from the first of them up to it: the difference of two
-- days is how many working days begin after the one and up to the other.
CREATE TABLE calendar (
    day            DATE PRIMARY KEY,
    n_working_days INTEGER NOT NULL
);

-- withdrawn_answers: one row an official answer that holds no more, copied from the portal's store at each run to be
-- counted; nothing of what it said.
CREATE TABLE withdrawn_answers (
    answer_id    INTEGER PRIMARY KEY,
    withdrawn_at TIMESTAMPTZ NOT NULL,
    post_ids     VARCHAR[] NOT NULL
);
