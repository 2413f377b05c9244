-- Data quality
-- How many values were invalid, missing or unknown to the contract, and how many records came twice, from bronze to silver?
--
-- Grain: day, measure, source, field. Rows without a day are about the whole range. A field has a row for each day
-- on which it was found; all fields together have one for each day with records.
--
-- day          date    Day of arrival
-- measure      string  invalid, missing or drifted (not in the contract), all for each record; duplicate: repeated within an object
-- source       string  Where the records came from; empty for all sources together
-- field        string  The field; empty for all fields together, and for duplicates
-- value        double  Such values for each record. Over all fields it may be more than one
-- numerator    double  How many such values
-- denominator  double  How many records
WITH objects AS (
    SELECT dt, source, records, duplicate, invalid_by_field, missing_by_field, drifted_by_field
    FROM ops_ledger
    WHERE dt BETWEEN :from_day AND :to_day
),
found AS (
    SELECT dt, 'invalid' AS measure, source, field, element_at(invalid_by_field, field) AS amount
    FROM objects
    CROSS JOIN UNNEST(map_keys(invalid_by_field)) AS t(field)
    UNION ALL
    SELECT dt, 'missing', source, field, element_at(missing_by_field, field)
    FROM objects
    CROSS JOIN UNNEST(map_keys(missing_by_field)) AS t(field)
    UNION ALL
    SELECT dt, 'drifted', source, field, element_at(drifted_by_field, field)
    FROM objects
    CROSS JOIN UNNEST(map_keys(drifted_by_field)) AS t(field)
),
found_or_not AS (
    SELECT dt, measure, source, field, amount
    FROM found
    UNION ALL
    SELECT dt, measure, source, CAST(NULL AS varchar), amount
    FROM found
    UNION ALL
    SELECT objects.dt, measures.measure, objects.source, CAST(NULL AS varchar), 0
    FROM objects
    CROSS JOIN (VALUES ('invalid'), ('missing'), ('drifted')) AS measures(measure)
    UNION ALL
    SELECT dt, 'duplicate', source, CAST(NULL AS varchar), duplicate
    FROM objects
    UNION ALL
    SELECT dt, 'records', source, CAST(NULL AS varchar), records
    FROM objects
),
amounts AS (
    SELECT dt AS day, measure, source, field, sum(amount) AS amount
    FROM found_or_not
    GROUP BY GROUPING SETS (
        (measure, field, dt, source), (measure, field, dt), (measure, field, source), (measure, field)
    )
),
shares AS (
    SELECT day,
           measure,
           source,
           field,
           amount,
           max(CASE WHEN measure = 'records' THEN amount END) OVER (PARTITION BY day, source) AS records
    FROM amounts
)
SELECT day,
       measure,
       source,
       field,
       CAST(amount AS double) / CAST(records AS double) AS value,
       CAST(amount AS double) AS numerator,
       CAST(records AS double) AS denominator
FROM shares
WHERE measure <> 'records' AND records > 0
