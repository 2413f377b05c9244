-- Processing success rate
-- What share of the raw records reached silver, and what became of the others?
--
-- Grain: day, measure, source. Rows without a day are about the whole range. The three measures add up to one.
--
-- day          date    Day of arrival
-- measure      string  reached_silver, refused (in quarantine) or duplicate (repeated within an object)
-- source       string  Where the records came from; empty for all sources together
-- value        double  Share of the records
-- numerator    double  How many of them
-- denominator  double  How many records
WITH counts AS (
    SELECT dt AS day,
           source,
           sum(records) AS records,
           sum(accepted) AS accepted,
           sum(refused) AS refused,
           sum(duplicate) AS duplicate
    FROM ops_ledger
    WHERE dt BETWEEN :from_day AND :to_day
    GROUP BY GROUPING SETS ((dt, source), (dt), (source), ())
    HAVING sum(records) > 0
),
amounts AS (
    SELECT day, 'reached_silver' AS measure, source, accepted AS amount, records FROM counts
    UNION ALL
    SELECT day, 'refused', source, refused, records FROM counts
    UNION ALL
    SELECT day, 'duplicate', source, duplicate, records FROM counts
)
SELECT day,
       measure,
       source,
       CAST(amount AS double) / CAST(records AS double) AS value,
       CAST(amount AS double) AS numerator,
       CAST(records AS double) AS denominator
FROM amounts
