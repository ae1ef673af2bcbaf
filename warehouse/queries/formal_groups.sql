-- One row a group that holds a formal submission, with its posts.
SELECT r.group_id, list(g.post_id) AS post_ids
FROM routes AS r JOIN group_members AS g USING (group_id)
WHERE r.is_formal
GROUP BY r.group_id
