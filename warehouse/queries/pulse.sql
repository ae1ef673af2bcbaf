-- One row a series of a unit (day or week), the least likely by chance first.
SELECT * FROM mart_pulse WHERE unit = $unit ORDER BY p NULLS LAST, n_voices DESC, dimension, code
