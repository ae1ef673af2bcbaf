-- 50 matters of an agency ('' for all, 'none' for no agency) after the first $start, in the order of mart_issues.
SELECT * EXCLUDE (nth, nth_of_agency) FROM mart_issues
WHERE CASE WHEN $mda = '' THEN nth ELSE nth_of_agency END BETWEEN $start + 1 AND $start + 50
  AND ($mda = '' OR coalesce(mda, 'none') = $mda)
ORDER BY nth
