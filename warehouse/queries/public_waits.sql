-- One row an agency and category of which anything may be told of waiting cases, those with most of the oldest first, and
-- before them the row of `all`; $n_shown at most. A column a band of working days; what is masked is null.
SELECT
    mda,
    category,
    any_value(n) FILTER (band = 'all')      AS any_age,
    any_value(n) FILTER (band = '0-2')      AS up_to_2,
    any_value(n) FILTER (band = '3-10')     AS up_to_10,
    any_value(n) FILTER (band = '11-20')    AS up_to_20,
    any_value(n) FILTER (band = '21-30')    AS up_to_30,
    any_value(n) FILTER (band = '31+')      AS longer
FROM public_waiting
GROUP BY mda, category
ORDER BY
    mda <> 'all', longer DESC NULLS LAST, up_to_30 DESC NULLS LAST, up_to_20 DESC NULLS LAST, up_to_10 DESC NULLS LAST,
    any_age DESC NULLS LAST, mda, category
LIMIT $n_shown
