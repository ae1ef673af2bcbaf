-- working_days: one row a day, in a row without a gap; how many working days there were up to and including it. Between
-- two days lie as many as their numbers differ by. Where a day begins, and which are holidays, the portal knows.
CREATE TABLE working_days (
    day DATE PRIMARY KEY,
    nth INTEGER NOT NULL
);
