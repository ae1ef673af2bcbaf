-- One row an agency, length of wait and way it ended (see mart_waits).
SELECT * FROM mart_waits ORDER BY ALL
