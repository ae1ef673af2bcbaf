-- One row a category of which anything may be told, most first.
SELECT category FROM public_months GROUP BY category ORDER BY sum(n) DESC, category
