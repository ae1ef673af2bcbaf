-- Grain: one row: the figures of the start page. A voice is a known author; `n_undated` posts have no date that can be
-- believed (see mart_clock), so series leave them out.
SELECT
    count(*)                                                                            AS n_posts,
    count(DISTINCT group_id)                                                            AS n_matters,
    (SELECT count(DISTINCT submitter_id) FROM current_posts)                            AS n_voices,
    (SELECT count(*) FROM current_posts WHERE submitter_id IS NULL)                     AS n_without_author,
    count(*) FILTER (is_formal)                                                         AS n_formal,
    count(DISTINCT mda)                                                                 AS n_agencies,
    count(*) FILTER (route = 'auto')                                                    AS n_auto,
    count(*) FILTER (is_confidential)                                                   AS n_confidential,
    count(*) FILTER (created_date NOT BETWEEN c.first_date AND c.latest_date)           AS n_undated,
    any_value(c.first_date)                                                             AS first_date,
    any_value(c.latest_date)                                                            AS latest_date
FROM mart_posts CROSS JOIN mart_clock AS c
