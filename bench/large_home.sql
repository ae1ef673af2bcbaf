-- What a million posts might look like, all of it invented: hashes of a post's number stand for chance, so that the same
-- numbers give the same posts. All has the source of the bundled sample, so that pages say what it is.
-- Variables: n_posts, n_groups, n_formal, n_topics, n_faqs, n_days, seed, until_at (the moment of the newest post).
-- Tables given: subjects (nth, category, mda, title), places (nth, district, name), phrases (lang, openings, middles, ends).
CREATE TEMP MACRO chance(i, what) AS (hash(i, what, getvariable('seed')) >> 11)::DOUBLE / 9007199254740992.0;
CREATE TEMP MACRO zipf(u, n) AS least(n, floor(exp(u * ln(n + 1)))::BIGINT);
CREATE TEMP MACRO one_of(words, i, what) AS words[1 + floor(chance(i, what) * len(words))::BIGINT];
CREATE TEMP MACRO pseudonym(kind, i) AS substr(md5(concat_ws('|', kind, i, getvariable('seed'))), 1, 24);

-- Days by weekday, season and growth; hours as people are awake.
CREATE TEMP TABLE days AS
WITH weighed AS (
    SELECT
        day,
        (CASE WHEN isodow(day) > 5 THEN 0.6 ELSE 1 END)
            * (1 + 0.25 * cos(2 * pi() * dayofyear(day) / 365)) * (0.7 + 0.6 * nth / getvariable('n_days')) AS weight
    FROM (
        SELECT nth, getvariable('until_at')::DATE - (getvariable('n_days') - 1 - nth)::INTEGER AS day
        FROM range(getvariable('n_days')) AS numbers(nth)
    )
)
SELECT day, sum(weight) OVER (ORDER BY day) / sum(weight) OVER () AS upto FROM weighed;

CREATE TEMP TABLE hours AS
WITH weighed AS (SELECT hour, 0.15 + greatest(0, sin(pi() * (hour - 5) / 19)) AS weight FROM range(24) AS numbers(hour))
SELECT hour, sum(weight) OVER (ORDER BY hour) / sum(weight) OVER () AS upto FROM weighed;

CREATE TEMP TABLE topic_subjects AS
SELECT topic::INTEGER AS topic_id, s.*
FROM range(1, getvariable('n_topics') + 1) AS topics(topic)
JOIN subjects AS s ON s.nth = zipf(chance(topic, 'subject of a topic'), (SELECT count(*) FROM subjects));

-- One row a matter: its first post's moment, topic, question and subject. Some matters of the last 30 hours are bursts.
CREATE TEMP TABLE matters AS
WITH numbered AS (
    SELECT
        g,
        chance(g, 'burst') < 0.002                                              AS is_burst,
        CASE WHEN chance(g, 'has topic') < 0.6 THEN zipf(chance(g, 'topic'), getvariable('n_topics')) END AS topic,
        chance(g, 'day')                                                        AS of_days,
        chance(g, 'hour')                                                       AS of_hours
    FROM range(1, getvariable('n_groups') + 1) AS numbers(g)
),
timed AS (
    SELECT
        n.g,
        CASE WHEN is_burst THEN (7 + 13 * floor(chance(g, 'which burst') * 5))::INTEGER ELSE topic::INTEGER END AS topic_id,
        CASE
            WHEN is_burst THEN getvariable('until_at') - to_seconds(108000 * chance(g, 'moment'))
            ELSE timezone('Indian/Mahe', d.day::TIMESTAMP + to_hours(h.hour::BIGINT)
                + to_seconds(3600 * chance(g, 'moment')))
        END                                                                     AS said_at
    FROM numbered AS n
    ASOF JOIN days AS d ON n.of_days <= d.upto
    ASOF JOIN hours AS h ON n.of_hours <= h.upto
)
SELECT
    m.g,
    CASE WHEN m.said_at > getvariable('until_at') THEN m.said_at - INTERVAL 1 DAY ELSE m.said_at END AS said_at,
    m.topic_id,
    coalesce(t.category, s.category)                                            AS category,
    coalesce(t.mda, s.mda)                                                      AS mda,
    coalesce(t.title, s.title)                                                  AS title,
    chance(m.g, 'confidential') < 0.03                                          AS is_confidential,
    row_number() OVER (ORDER BY hash(m.g, 'formal', getvariable('seed'))) <= getvariable('n_formal') AS is_formal,
    CASE
        WHEN chance(m.g, 'kind') < 0.18 THEN 'question' WHEN chance(m.g, 'kind') < 0.8 THEN 'complaint'
        WHEN chance(m.g, 'kind') < 0.9 THEN 'suggestion' ELSE 'praise'
    END                                                                         AS kind,
    CASE
        WHEN chance(m.g, 'kind') < 0.18 AND chance(m.g, 'is asked again') < 0.5
            THEN zipf(chance(m.g, 'which question'), getvariable('n_faqs'))
    END                                                                         AS faq,
    p.district,
    p.name                                                                      AS place
FROM timed AS m
LEFT JOIN topic_subjects AS t USING (topic_id)
JOIN subjects AS s ON s.nth = zipf(chance(m.g, 'subject'), (SELECT count(*) FROM subjects))
LEFT JOIN places AS p
    ON p.nth = CASE WHEN chance(m.g, 'has place') < 0.65 THEN zipf(chance(m.g, 'place'), (SELECT count(*) FROM places)) END;

-- One row a post: the first of each matter, then what repeats it some days later, most of it a few matters.
CREATE TEMP TABLE said AS
WITH numbered AS (
    SELECT
        i,
        i <= getvariable('n_groups')                                            AS is_first,
        CASE
            WHEN i <= getvariable('n_groups') THEN i
            ELSE greatest(1, ceil(getvariable('n_groups') * pow(chance(i, 'of'), 2.5))::BIGINT)
        END                                                                     AS g
    FROM range(1, getvariable('n_posts') + 1) AS numbers(i)
),
timed AS (
    SELECT
        n.i, n.is_first, m.* EXCLUDE (said_at),
        CASE
            WHEN n.is_first THEN m.said_at
            ELSE m.said_at + to_seconds(
                least(-ln(1 - chance(n.i, 'later')) * 400000, epoch(getvariable('until_at') - m.said_at) * chance(n.i, 'later'))
            )
        END                                                                     AS said_at,
        CASE
            WHEN m.is_formal AND (n.is_first OR chance(n.i, 'formal') < 0.3) THEN 'portal'
            WHEN chance(n.i, 'channel') < 0.5 THEN 'facebook' WHEN chance(n.i, 'channel') < 0.7 THEN 'forum'
            WHEN chance(n.i, 'channel') < 0.85 THEN 'whatsapp' WHEN chance(n.i, 'channel') < 0.93 THEN 'reddit'
            ELSE 'sms'
        END                                                                     AS channel,
        CASE
            WHEN chance(n.i, 'lang') < 0.46 THEN 'crs' WHEN chance(n.i, 'lang') < 0.85 THEN 'en'
            WHEN chance(n.i, 'lang') < 0.98 THEN 'fr' ELSE 'other'
        END                                                                     AS lang
    FROM numbered AS n JOIN matters AS m USING (g)
)
SELECT
    row_number() OVER (ORDER BY t.said_at, t.i)                                 AS landing_id,
    pseudonym('post', t.i)                                                      AS post_id,
    'INVENTED-' || t.i                                                          AS source_id,
    CASE
        WHEN chance(t.i, 'author') < 0.85
        THEN pseudonym(t.channel, floor(150000 * pow(chance(t.i, 'who'), 1.8)))
    END                                                                         AS submitter_id,
    'sample-social'                                                             AS source,
    concat_ws(
        ' ', one_of(w.openings, t.i, 'opening'), one_of(w.middles, t.i, 'middle'), t.title || ',', t.place,
        one_of(w.ends, t.i, 'end'), '(invented ' || t.i || ')'
    )                                                                           AS text,
    0.3 + 0.69 * sqrt(chance(t.i, 'confidence'))                                AS confidence,
    CASE WHEN chance(t.i, 'urgency') < 0.01 THEN 'emergency' WHEN chance(t.i, 'urgency') < 0.08 THEN 'urgent' ELSE 'normal' END
        AS urgency,
    t.*
FROM timed AS t JOIN phrases AS w USING (lang);

INSERT INTO landing BY NAME
SELECT
    landing_id, source, source_id, 1 AS version, md5(source_id) AS content_hash, said_at + INTERVAL 4 MINUTE AS fetched_at,
    '{}' AS raw, text, said_at AS created_at, channel, district,
    CASE WHEN channel <> 'portal' THEN 'https://example.org/' || source_id END AS url, channel = 'portal' AS is_formal
FROM said ORDER BY landing_id;
SELECT max(nextval('landing_ids')) FROM range(getvariable('n_posts'));

INSERT INTO enriched BY NAME
SELECT
    landing_id, post_id, 1 AS version, submitter_id, source, channel, channel = 'portal' AS is_formal,
    said_at AS created_at, said_at + INTERVAL 4 MINUTE AS fetched_at, lang, text, text AS gloss, []::VARCHAR[] AS pii_kinds,
    category, mda, confidence, 0.95 AS in_scope,
    to_json([
        {'category': category, 'mda': mda, 'probability': round(confidence, 3)},
        {'category': 'other', 'mda': NULL, 'probability': round((1 - confidence) / 2, 3)}
    ])                                                                          AS candidates,
    CASE WHEN confidence > 0.72 AND NOT is_confidential AND mda IS NOT NULL THEN 'auto' ELSE 'review' END AS route,
    kind, urgency, is_confidential,
    CASE WHEN chance(g, 'accused') < 0.01 AND mda IS NOT NULL THEN [mda] ELSE [] END AS accused,
    district, ['words that speak for ' || title || ': invented'] AS reasons, 'invented@1' AS model,
    said_at + INTERVAL 5 MINUTE AS enriched_at,
    list_transform(range(8), lambda d: (chance(coalesce(topic_id, -g), d::VARCHAR) - 0.5)::FLOAT) AS embedding
FROM said ORDER BY landing_id;

INSERT INTO group_members BY NAME
SELECT
    said.post_id, pseudonym('post', said.g) AS group_id, CASE WHEN is_first THEN 'none' ELSE 'near' END AS match,
    CASE WHEN NOT is_first THEN pseudonym('post', said.g) END AS of, 1.0 AS score
FROM said;

INSERT INTO topic_members BY NAME SELECT post_id, topic_id FROM said WHERE topic_id IS NOT NULL;

INSERT INTO topics BY NAME
SELECT
    s.topic_id, lower(s.title) || ', ' || one_of(w.middles, s.topic_id, 'label') AS label,
    list_distinct([one_of(list_concat(w.openings, w.middles, w.ends), s.topic_id, nth::VARCHAR) for nth in range(6)]) AS terms,
    m.post_id AS representative_post_id
FROM topic_subjects AS s
JOIN (SELECT topic_id, arg_min(post_id, landing_id) AS post_id FROM said GROUP BY topic_id) AS m USING (topic_id)
JOIN phrases AS w ON w.lang = 'en';

INSERT INTO topic_bursts BY NAME
SELECT
    topic_id, getvariable('until_at') AS until_at, topic_id IN (7, 20, 33, 46, 59) AS is_bursting, 24 AS window_hours,
    count(DISTINCT submitter_id) FILTER (is_late)::INTEGER AS n_voices, count(*) / getvariable('n_days') AS n_expected,
    CASE WHEN topic_id IN (7, 20, 33, 46, 59) THEN 1e-9 * topic_id ELSE chance(topic_id, 'p') END AS p,
    count(*) FILTER (is_late)::INTEGER AS n_posts, topic_id = 33 AS is_campaign
FROM (SELECT *, said_at > getvariable('until_at') - INTERVAL 24 HOUR AS is_late FROM said WHERE topic_id IS NOT NULL)
GROUP BY topic_id;

CREATE TEMP TABLE asked AS
SELECT post_id, text, faq, first_value(post_id) OVER (PARTITION BY faq ORDER BY landing_id) AS faq_id FROM said WHERE faq IS NOT NULL;
INSERT INTO faqs BY NAME SELECT faq_id, text AS question FROM asked WHERE post_id = faq_id;
INSERT INTO faq_members BY NAME SELECT post_id, faq_id FROM asked;

INSERT INTO pulls BY NAME
SELECT
    source, 'file' AS kind, tried_at AS started_at, tried_at + INTERVAL 20 SECOND AS ended_at, 100 AS n_read, 90 AS n_new,
    0 AS n_set_aside, 'ok' AS state
FROM (SELECT DISTINCT source FROM said UNION ALL VALUES ('forum'), ('reddit'), ('portal'))
CROSS JOIN (SELECT getvariable('until_at') - to_days(nth::INTEGER) AS tried_at FROM range(300) AS numbers(nth)) ORDER BY tried_at;

INSERT INTO kpi_indicators BY NAME
SELECT
    mda || '-' || nth AS indicator_id, 1 AS version, mda, 'Invented programme' AS programme,
    CASE WHEN nth < 3 THEN 'outcome' ELSE 'output' END AS result_level, 'Invented indicator ' || nth AS title_en,
    'Indicateur inventé ' || nth AS title_fr, 'Endikater envante ' || nth AS title_crs, 'Invented' AS definition,
    'percent' AS unit, 'unit' AS measure, true AS is_ascending, 'invented' AS source, 'quarterly' AS frequency,
    mda AS owner, 2022 AS baseline_year, 50.0 AS baseline_value, '' AS criteria_for_change,
    DATE '2022-01-01' AS valid_from, getvariable('until_at') AS imported_at
FROM (SELECT DISTINCT mda FROM subjects WHERE mda IS NOT NULL) CROSS JOIN range(1, 5) AS numbers(nth);

INSERT INTO kpi_values BY NAME
SELECT
    indicator_id, '_T' AS location, start AS period_start, (start + INTERVAL 3 MONTH)::DATE - 1 AS period_end, 1 AS version,
    55.0 + 3 * quarter AS target, 50 + 3 * quarter + 10 * chance(quarter, indicator_id) AS actual, 'final' AS status,
    '' AS deviation_reason, 'invented' AS source_ref, getvariable('until_at') AS imported_at
FROM kpi_indicators CROSS JOIN (
    SELECT quarter, (DATE '2023-01-01' + to_months(3 * quarter::INTEGER))::DATE AS start FROM range(15) AS numbers(quarter)
);
