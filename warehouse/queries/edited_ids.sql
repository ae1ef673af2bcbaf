-- Posts that were edited where they were said, and landed again.
SELECT post_id FROM current_posts WHERE version > 1
