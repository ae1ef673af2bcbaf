-- One row: the last day that is counted, and whether the bundled sample is in it.
SELECT * FROM public_clock
