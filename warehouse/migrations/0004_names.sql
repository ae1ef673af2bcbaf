-- names: one row a code of the deployment (agency, category, district) and how it is said to people.
CREATE TABLE names (
    kind VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    PRIMARY KEY (kind, code)
);
