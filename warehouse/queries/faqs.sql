-- One row a question, most asked first.
SELECT * FROM mart_faqs ORDER BY n_asked DESC, faq_id
