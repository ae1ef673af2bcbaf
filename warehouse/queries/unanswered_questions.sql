-- One row a question to an agency that has no official answer, most asked first; $n at most, `n_all` are there.
SELECT question, n_asked, n_voices, n_without_author, last_at, count(*) OVER () AS n_all
FROM mart_faqs
WHERE mda = $mda AND texts IS NULL
ORDER BY n_asked DESC, last_at DESC, faq_id
LIMIT $n
