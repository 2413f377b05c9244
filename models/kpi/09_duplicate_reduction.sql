-- Duplicate reduction
-- What share of the readable records told nothing new, and was taken out?
--
-- Grain: day, measure, source. Rows without a day are about the whole range. An event counts on the day it first arrived.
--
-- day          date    Day of arrival
-- measure      string  within_object (repeated there), across_objects (came in another object too), eliminated (both)
-- source       string  Where the records came from; empty for all sources together
-- value        double  Share of the records that were not refused
-- numerator    double  How many of them
-- denominator  double  How many records were not refused
WITH events AS (
    SELECT source, event_id, min(dt) AS day
    FROM silver_lead_events
    GROUP BY source, event_id
),
arrivals AS (
    SELECT dt AS day, source, accepted, duplicate, 0 AS new_events
    FROM ops_ledger
    WHERE dt BETWEEN :from_day AND :to_day
    UNION ALL
    SELECT day, source, 0, 0, 1
    FROM events
    WHERE day BETWEEN :from_day AND :to_day
),
counts AS (
    SELECT day,
           source,
           sum(duplicate) AS within_object,
           sum(accepted) - sum(new_events) AS across_objects,
           sum(accepted) + sum(duplicate) AS records
    FROM arrivals
    GROUP BY GROUPING SETS ((day, source), (day), (source), ())
    HAVING sum(accepted) + sum(duplicate) > 0
),
amounts AS (
    SELECT day, 'within_object' AS measure, source, within_object AS amount, records FROM counts
    UNION ALL
    SELECT day, 'across_objects', source, across_objects, records FROM counts
    UNION ALL
    SELECT day, 'eliminated', source, within_object + across_objects, records FROM counts
)
SELECT day,
       measure,
       source,
       CAST(amount AS double) / CAST(records AS double) AS value,
       CAST(amount AS double) AS numerator,
       CAST(records AS double) AS denominator
FROM amounts
