-- One row: when the publication speaks and which days it tells of.
SELECT * FROM mart_clock
