-- pseudonym_key: one row, a check value of the key that all pseudonyms here were made with; it does not tell the key.
CREATE TABLE pseudonym_key (
    check_value VARCHAR NOT NULL
);
