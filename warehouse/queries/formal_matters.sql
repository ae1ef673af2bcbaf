-- One row a group that holds a formal submission: its posts, and the agency, category and model of its route.
SELECT
    list(post_id ORDER BY post_id)  AS post_ids,
    any_value(mda)                  AS mda,
    any_value(category)             AS category,
    any_value(model)                AS model
FROM routes JOIN group_members USING (group_id)
WHERE is_formal
GROUP BY group_id
ORDER BY group_id
