-- Grain: one row a case. `is_corrected` where a person gave it another category than the machine, null as long as nobody
-- decided. Of a confidential case no reference and no language, and of its times the Monday of their week.
SELECT
    CASE WHEN NOT is_confidential THEN reference END                                            AS reference,
    mda,
    category,
    suggested_mda,
    suggested_category,
    suggested_by_model                                                                          AS model,
    confidence,
    urgency,
    is_confidential,
    is_formal,
    level,
    state,
    CASE WHEN is_confidential THEN date_trunc('week', opened_at) ELSE opened_at END             AS opened_at,
    CASE WHEN is_confidential THEN date_trunc('week', answer_by) ELSE answer_by END             AS answer_by,
    CASE WHEN is_confidential THEN date_trunc('week', decided_at) ELSE decided_at END           AS decided_at,
    CASE WHEN is_confidential THEN date_trunc('week', first_answered_at) ELSE first_answered_at END AS first_answered_at,
    CASE WHEN is_confidential THEN date_trunc('week', closed_at) ELSE closed_at END             AS closed_at,
    CASE WHEN is_confidential THEN date_trunc('week', appealed_at) ELSE appealed_at END         AS appealed_at,
    CASE WHEN decided_at IS NOT NULL THEN category <> suggested_category END                    AS is_corrected,
    answered_at IS NOT NULL                                                                     AS is_answered,
    held_since IS NOT NULL                                                                      AS is_on_hold,
    appeals,
    sends_elsewhere,
    CASE WHEN NOT is_confidential THEN lang END                                                 AS lang,
    len(post_ids)                                                                               AS n_posts
FROM cases
