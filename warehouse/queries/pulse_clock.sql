-- One row: the windows that are compared.
SELECT * FROM mart_pulse_clock
