-- Grain: one row a district that the deployment lays out: its tile, and its population where a source tells it.
SELECT district, short_name, tile_column, tile_row, population, year, source FROM district_facts ORDER BY district
