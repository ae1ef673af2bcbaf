-- district_facts: one row a district, how the deployment shows it: a short name, its tile (column and row from the upper
-- left), and how many people live there, where a source tells it.
CREATE TABLE district_facts (
    district      VARCHAR PRIMARY KEY,
    short_name    VARCHAR NOT NULL,
    tile_column   INTEGER NOT NULL,
    tile_row      INTEGER NOT NULL,
    population    INTEGER,
    year          INTEGER,
    source        VARCHAR
);
