-- One row: the figures of the start page.
SELECT * FROM mart_headline
