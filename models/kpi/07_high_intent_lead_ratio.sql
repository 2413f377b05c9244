-- High-intent lead ratio
-- What share of the leads is hot, as scores stand now?
--
-- Grain: day, measure, source. One day: that of the scores. Rows without a day say the same.
--
-- day          date    Day of the scores
-- measure      string  hot, warm or cold
-- source       string  Source of the first touch, none without one; empty for all leads together
-- value        double  Share of the leads
-- numerator    double  How many of them
-- denominator  double  How many leads
WITH leads AS (
    SELECT event_date, coalesce(first_touch_source, 'none') AS source, lead_category
    FROM gold_lead_scores
),
counts AS (
    SELECT event_date AS day,
           source,
           count(*) AS leads,
           count(*) FILTER (WHERE lead_category = 'HOT') AS hot,
           count(*) FILTER (WHERE lead_category = 'WARM') AS warm,
           count(*) FILTER (WHERE lead_category = 'COLD') AS cold
    FROM leads
    GROUP BY GROUPING SETS ((event_date, source), (event_date), (source), ())
    HAVING count(*) > 0
),
amounts AS (
    SELECT day, 'hot' AS measure, source, hot AS amount, leads FROM counts
    UNION ALL
    SELECT day, 'warm', source, warm, leads FROM counts
    UNION ALL
    SELECT day, 'cold', source, cold, leads FROM counts
)
SELECT day,
       measure,
       source,
       CAST(amount AS double) / CAST(leads AS double) AS value,
       CAST(amount AS double) AS numerator,
       CAST(leads AS double) AS denominator
FROM amounts
