-- names_in_languages: one row a code of the deployment and a language other than English, where it has a name in it.
CREATE TABLE names_in_languages (
    kind VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    lang VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    PRIMARY KEY (kind, code, lang)
);
