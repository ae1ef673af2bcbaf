-- Grain: one row a code (kind: agency, category or district) and language, and how it is said; 'en' is always there.
SELECT kind, code, 'en' AS lang, name FROM names
UNION ALL
SELECT kind, code, lang, name FROM names_in_languages
ORDER BY kind, code, lang
