-- One row a month of a category of which anything may be told, of the last five years.
SELECT month, n FROM public_months
WHERE category = $category AND month > (SELECT max(month) FROM public_months) - INTERVAL 60 MONTH
ORDER BY month
