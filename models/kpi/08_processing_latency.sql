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
WITH waits AS (
    SELECT dt,
           source,
           date_diff(
               'millisecond', date_trunc('millisecond', arrived_at), date_trunc('millisecond', completed_at)
           ) AS milliseconds
    FROM ops_ledger
    WHERE dt BETWEEN :from_day AND :to_day
),
objects AS (
    SELECT dt, source, CAST(CASE WHEN milliseconds > 0 THEN milliseconds ELSE 0 END AS double) / 1000 AS seconds
    FROM waits
),
scopes AS (
    SELECT dt AS day, source, seconds FROM objects
    UNION ALL
    SELECT dt, CAST(NULL AS varchar), seconds FROM objects
    UNION ALL
    SELECT CAST(NULL AS date), source, seconds FROM objects
    UNION ALL
    SELECT CAST(NULL AS date), CAST(NULL AS varchar), seconds FROM objects
),
places AS (
    SELECT day, source, seconds, cume_dist() OVER (PARTITION BY day, source ORDER BY seconds) AS place
    FROM scopes
),
percentiles AS (
    SELECT day,
           source,
           min(seconds) FILTER (WHERE place >= 0.5) AS p50,
           min(seconds) FILTER (WHERE place >= 0.95) AS p95,
           min(seconds) FILTER (WHERE place >= 0.99) AS p99,
           max(seconds) AS longest,
           count(*) AS objects
    FROM places
    GROUP BY day, source
),
measures AS (
    SELECT day, 'p50' AS measure, source, p50 AS seconds, objects FROM percentiles
    UNION ALL
    SELECT day, 'p95', source, p95, objects FROM percentiles
    UNION ALL
    SELECT day, 'p99', source, p99, objects FROM percentiles
    UNION ALL
    SELECT day, 'max', source, longest, objects FROM percentiles
)
SELECT day,
       measure,
       source,
       seconds AS value,
       CAST(NULL AS double) AS numerator,
       CAST(objects AS double) AS denominator
FROM measures
