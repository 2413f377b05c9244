-- Processing latency
-- How long does an object wait in bronze until it is in silver?
--
-- Grain: day, measure, source. Rows without a day are about the whole range.
--
-- day          date    Day of arrival
-- measure      string  p50, p95, p99 or max
-- source       string  Where the objects came from; empty for all sources together
-- value        double  Seconds within which so many of the objects were done; that of an object, not between two
-- numerator    double  Empty: it is no share
-- denominator  double  How many objects
WITH differences AS (
    SELECT dt,
           source,
           date_diff(
               'millisecond', date_trunc('millisecond', arrived_at), date_trunc('millisecond', completed_at)
           ) AS milliseconds
    FROM ops_ledger
    WHERE dt BETWEEN :from_day AND :to_day
),
waits AS (
    SELECT dt, source, CASE WHEN milliseconds > 0 THEN milliseconds ELSE 0 END AS milliseconds
    FROM differences
),
alike AS (
    SELECT dt AS day, source, milliseconds, count(*) AS objects
    FROM waits
    GROUP BY GROUPING SETS (
        (milliseconds, dt, source), (milliseconds, dt), (milliseconds, source), (milliseconds)
    )
),
places AS (
    SELECT day,
           source,
           milliseconds,
           sum(objects) OVER (
               PARTITION BY day, source ORDER BY milliseconds ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) AS done,
           sum(objects) OVER (PARTITION BY day, source) AS objects
    FROM alike
)
SELECT places.day,
       measures.measure,
       places.source,
       CAST(min(places.milliseconds) AS double) / 1000 AS value,
       CAST(NULL AS double) AS numerator,
       CAST(max(places.objects) AS double) AS denominator
FROM places
CROSS JOIN (VALUES ('p50', 50), ('p95', 95), ('p99', 99), ('max', 100)) AS measures(measure, percent)
WHERE places.done * 100 >= places.objects * measures.percent
GROUP BY places.day, measures.measure, places.source
