-- One row a topic of a district in a window of $days and a category ('' for all), the ten with the most posts.
SELECT d.topic_id, t.label, d.n_posts, d.n_voices
FROM mart_district_topics AS d JOIN mart_topics AS t USING (topic_id)
WHERE d.district = $district AND d.category = $category AND d.days = $days
ORDER BY d.n_posts DESC, d.n_voices DESC, d.topic_id
