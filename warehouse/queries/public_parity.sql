-- One row a language.
SELECT * FROM public_parity
