-- One row a code of a kind, agency or category, its name in a language, else in English.
SELECT code, coalesce(max(name) FILTER (lang = $lang), max(name) FILTER (lang = 'en')) AS name
FROM public_names WHERE kind = $kind GROUP BY code ORDER BY code
