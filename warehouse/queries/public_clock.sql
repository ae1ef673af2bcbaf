-- One row: the last day that is counted, and whether all of it is the bundled sample.
SELECT * FROM public_clock
