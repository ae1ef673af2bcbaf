-- Grain: one row a code (kind: agency or category) and language, and how it is said; 'en' is always there.
SELECT kind, code, lang, name FROM mart_names WHERE kind IN ('agency', 'category') ORDER BY kind, code, lang
