-- Grain: one row a post, its newest version. Confidential posts give counts only: no text, no place, no reasons, no
-- submitter, no source and channel, and of their time the week in which they were written. An erased post has no text.
-- `topic_id` is the topic that people made its own one part of, where they did.
WITH posts AS (
    SELECT
        *,
        CASE
            WHEN is_confidential THEN date_trunc('week', coalesce(created_at, fetched_at))
            ELSE coalesce(created_at, fetched_at)
        END AS said_at
    FROM current_posts
)
SELECT
    p.post_id,
    CASE WHEN NOT p.is_confidential THEN p.submitter_id END     AS submitter_id,
    CASE WHEN NOT p.is_confidential THEN p.source END           AS source,
    CASE WHEN NOT p.is_confidential THEN p.channel END          AS channel,
    p.is_formal,
    p.said_at                                                   AS created_at,
    p.said_at::DATE                                             AS created_date,
    p.lang,
    CASE WHEN NOT p.is_confidential THEN nullif(p.text, '') END AS text,
    p.category,
    p.mda,
    p.confidence,
    p.route,
    p.kind,
    p.urgency,
    p.is_confidential,
    CASE WHEN NOT p.is_confidential THEN p.district END         AS district,
    CASE WHEN NOT p.is_confidential THEN p.reasons END          AS reasons,
    p.model,
    g.group_id,
    g.match,
    t.topic_id
FROM posts AS p
LEFT JOIN group_members AS g USING (post_id)
LEFT JOIN topic_members AS m USING (post_id)
LEFT JOIN topic_parts AS t ON t.part_id = m.topic_id
ORDER BY p.said_at, p.post_id
