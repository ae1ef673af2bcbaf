-- Grain: one row a code (kind: agency, category or district) and its name.
SELECT kind, code, name FROM names ORDER BY kind, code
