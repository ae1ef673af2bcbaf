-- One row a source that was ever read: what it brought, how often it failed, and what its last pull set aside.
SELECT
    source,
    arg_max(kind, pull_id)                                      AS kind,
    max(ended_at)                                               AS last_pull_at,
    sum(n_new)::BIGINT                                          AS n_new,
    arg_max(n_set_aside, pull_id)                               AS n_set_aside,
    count(failure)                                              AS n_failures,
    nullif(arg_max(coalesce(failure, ''), pull_id), '')         AS last_failure
FROM pulls
GROUP BY source
ORDER BY source
