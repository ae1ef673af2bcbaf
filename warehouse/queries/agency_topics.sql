-- One row a topic of the posts for an agency in the week of the Monday $week, those that burst then first; $n at most.
SELECT
    t.label,
    count(*) FILTER (p.created_date >= $week::DATE)         AS n_posts,
    count(*) FILTER (p.created_date < $week::DATE)          AS n_before,
    coalesce(t.is_bursting AND t.burst_until_at::DATE BETWEEN $week::DATE AND $week::DATE + 6, false) AS is_bursting
FROM mart_posts AS p JOIN mart_topics AS t USING (topic_id)
WHERE p.mda = $mda AND p.created_date BETWEEN $week::DATE - 7 AND $week::DATE + 6
GROUP BY t.topic_id, t.label, t.is_bursting, t.burst_until_at
HAVING count(*) FILTER (p.created_date >= $week::DATE) > 0
ORDER BY is_bursting DESC, n_posts DESC, t.topic_id
LIMIT $n
