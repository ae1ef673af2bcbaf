-- One row a code of a kind, agency or category.
SELECT code, name FROM public_names WHERE kind = $kind
