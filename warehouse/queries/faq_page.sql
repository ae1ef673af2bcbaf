-- The first $n questions of an agency ('' for all, 'none' for none), most asked first; where $is_unanswered_first those
-- without an official answer before others.
SELECT * FROM mart_faqs
WHERE $mda = '' OR coalesce(mda, 'none') = $mda
ORDER BY $is_unanswered_first AND texts IS NOT NULL, n_asked DESC, faq_id
LIMIT $n
