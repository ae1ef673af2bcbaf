-- One row a source of populations, with its year where it names one, and how many districts it tells of.
SELECT source, year, count(*) AS n_districts FROM mart_district_facts
WHERE population IS NOT NULL GROUP BY source, year ORDER BY n_districts DESC, source, year
