-- kpi_indicators: one row a version of an indicator's definition; nothing is overwritten, a change is a new version.
CREATE TABLE kpi_indicators (
    indicator_id        VARCHAR NOT NULL,
    version             INTEGER NOT NULL,
    mda                 VARCHAR NOT NULL,
    programme           VARCHAR NOT NULL,
    result_level        VARCHAR NOT NULL,
    title_en            VARCHAR NOT NULL,
    title_fr            VARCHAR NOT NULL,
    title_crs           VARCHAR NOT NULL,
    definition          VARCHAR NOT NULL,
    unit                VARCHAR NOT NULL,
    measure             VARCHAR NOT NULL,
    is_ascending        BOOLEAN NOT NULL,
    source              VARCHAR NOT NULL,
    frequency           VARCHAR NOT NULL,
    owner               VARCHAR NOT NULL,
    baseline_year       INTEGER NOT NULL,
    baseline_value      DOUBLE NOT NULL,
    criteria_for_change VARCHAR NOT NULL,
    valid_from          DATE NOT NULL,
    imported_at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (indicator_id, version)
);

-- kpi_values: one row a version of what is known of a period and place.
CREATE TABLE kpi_values (
    indicator_id     VARCHAR NOT NULL,
    location         VARCHAR NOT NULL,
    period_start     DATE NOT NULL,
    period_end       DATE NOT NULL,
    version          INTEGER NOT NULL,
    target           DOUBLE,
    actual           DOUBLE,
    numerator        DOUBLE,
    denominator      DOUBLE,
    status           VARCHAR NOT NULL,
    deviation_reason VARCHAR NOT NULL,
    source_ref       VARCHAR NOT NULL,
    imported_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (indicator_id, location, period_start, period_end, version)
);
