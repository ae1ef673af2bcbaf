-- One row a group of waiting cases and band of age of which anything may be told, see public_marts/public_waiting.sql.
SELECT * FROM public_waiting
