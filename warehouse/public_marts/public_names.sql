-- Grain: one row a code (kind: agency or category) and its name.
SELECT kind, code, name FROM names WHERE kind IN ('agency', 'category') ORDER BY kind, code
