-- Grain: one row: the figures of the start page. All posts of nobody known count as one voice.
SELECT
    count(*)                                                                    AS n_posts,
    count(DISTINCT group_id)                                                    AS n_matters,
    (SELECT count(DISTINCT coalesce(submitter_id, '')) FROM current_posts)      AS n_voices,
    count(*) FILTER (is_formal)                                                 AS n_formal,
    count(DISTINCT mda)                                                         AS n_agencies,
    count(*) FILTER (route = 'auto')                                            AS n_auto,
    count(*) FILTER (is_confidential)                                           AS n_confidential,
    min(created_at)                                                             AS first_at,
    max(created_at)                                                             AS last_at
FROM mart_posts
