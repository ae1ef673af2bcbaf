-- One row a district in a window of $days and a category ('' for all), posts of no known place and confidential ones too;
-- districts of which nothing was said in the window or before it have no figures.
SELECT
    coalesce(d.district, f.district)                                                        AS district,
    f.short_name,
    f.tile_column,
    f.tile_row,
    f.population,
    coalesce(d.n_posts, 0)                                                                  AS n_posts,
    coalesce(d.n_voices, 0)                                                                 AS n_voices,
    d.n_expected,
    d.low,
    d.high,
    d.p,
    d.p_silent,
    coalesce(d.state, 'untold')                                                             AS state
FROM (FROM mart_districts WHERE days = $days AND category = $category) AS d
FULL JOIN mart_district_facts AS f ON f.district = d.district
ORDER BY district
