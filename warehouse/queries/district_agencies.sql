-- One row an agency with posts from a district in the last $days and a category ('' for all), most posts first.
SELECT mda, sum(n_posts)::BIGINT AS n_posts
FROM mart_district_days JOIN mart_clock ON said_date > latest_date - $days::INTEGER
WHERE district = $district AND ($category = '' OR category = $category)
GROUP BY mda ORDER BY n_posts DESC, mda
