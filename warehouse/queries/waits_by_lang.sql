-- Behind public figures, never published: one row a case whose language may be told, with what its wait is reckoned from,
-- and whether it was answered.
SELECT DISTINCT reference, lang, n_waited, is_answered FROM behind_cases WHERE lang IN ('en', 'fr', 'crs')
