-- One row a code of a kind.
SELECT code, name FROM mart_names WHERE kind = $kind
