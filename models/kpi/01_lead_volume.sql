-- Lead volume
-- How much reached bronze, and how many leads it told of, by source and day of arrival?
--
-- Grain: day, measure, source. Rows without a day are about the whole range. A source has a row for each day
-- of a delivery and the 35 days after it, so that one that falls silent shows as zero; the same holds for all together.
--
-- day          date    Day of arrival
-- measure      string  records, objects, leads (who had an event that day) or new_leads (who had their first one)
-- source       string  Where it came from; empty for all sources together
-- value        double  How many
-- numerator    double  The same
-- denominator  double  Empty: it is no share
WITH delivered AS (
    SELECT dt AS day, source, count(*) AS objects, sum(records) AS records
    FROM ops_ledger
    WHERE dt BETWEEN :from_day AND :to_day
    GROUP BY GROUPING SETS ((dt, source), (dt), (source), ())
    HAVING count(*) > 0
),
seen AS (
    SELECT dt AS day, source, count(DISTINCT lead_id) AS leads
    FROM silver_lead_events
    WHERE lead_id IS NOT NULL AND dt BETWEEN :from_day AND :to_day
    GROUP BY GROUPING SETS ((dt, source), (dt), (source), ())
    HAVING count(*) > 0
),
first_in_source AS (
    SELECT lead_id, source, min(dt) AS day
    FROM silver_lead_events
    WHERE lead_id IS NOT NULL
    GROUP BY lead_id, source
),
first_at_all AS (
    SELECT lead_id, min(day) AS day
    FROM first_in_source
    GROUP BY lead_id
),
new_leads AS (
    SELECT day, source, count(*) AS leads
    FROM first_in_source
    WHERE day BETWEEN :from_day AND :to_day
    GROUP BY GROUPING SETS ((day, source), (source))
    UNION ALL
    SELECT day, CAST(NULL AS varchar), count(*)
    FROM first_at_all
    WHERE day BETWEEN :from_day AND :to_day
    GROUP BY GROUPING SETS ((day), ())
    HAVING count(*) > 0
),
deliveries AS (
    SELECT dt AS first_day, CAST(dt + INTERVAL '35' DAY AS date) AS last_day, source
    FROM ops_ledger
    WHERE dt BETWEEN :from_day - INTERVAL '35' DAY AND :to_day
    GROUP BY GROUPING SETS ((dt, source), (dt))
),
looked_for AS (
    SELECT CAST(day AS date) AS day, source
    FROM deliveries
    CROSS JOIN UNNEST(sequence(first_day, last_day, INTERVAL '1' DAY)) AS t(day)
),
expected AS (
    SELECT DISTINCT day, source
    FROM looked_for
    WHERE day BETWEEN :from_day AND :to_day
    UNION ALL
    SELECT CAST(NULL AS date), source
    FROM ops_ledger
    WHERE dt <= :to_day
    GROUP BY GROUPING SETS ((source), ())
    HAVING count(*) > 0
),
amounts AS (
    SELECT day, 'records' AS measure, source, records AS amount FROM delivered
    UNION ALL
    SELECT day, 'objects', source, objects FROM delivered
    UNION ALL
    SELECT day, 'leads', source, leads FROM seen
    UNION ALL
    SELECT day, 'new_leads', source, leads FROM new_leads
    UNION ALL
    SELECT expected.day, measures.measure, expected.source, 0
    FROM expected
    CROSS JOIN (VALUES ('records'), ('objects'), ('leads'), ('new_leads')) AS measures(measure)
)
SELECT day,
       measure,
       source,
       CAST(sum(amount) AS double) AS value,
       CAST(sum(amount) AS double) AS numerator,
       CAST(NULL AS double) AS denominator
FROM amounts
GROUP BY day, measure, source
