-- What triage made of the posts of `gone`: no word, no vector of words, and a mark in place of the writer's pseudonym.
UPDATE enriched SET
    text = '',
    gloss = '',
    embedding = [],
    reasons = [],
    pii_kinds = [],
    submitter_id = (SELECT mark FROM marks WHERE marks.submitter_id = enriched.submitter_id)
WHERE post_id IN (SELECT post_id FROM gone)
