-- Two clocks stand beside each other: leads count on the day of their first touch, conversions on their own.
DROP VIEW IF EXISTS mart.source_performance;

CREATE VIEW mart.source_performance AS
WITH facts AS (
    SELECT m.day,
           m.source,
           m.total_leads,
           m.hot_leads,
           m.converted_leads,
           m.average_score,
           m.revenue,
           CAST(0 AS bigint) AS first_touch_conversions,
           CAST(0 AS double precision) AS first_touch_revenue,
           CAST(0 AS bigint) AS last_touch_conversions,
           CAST(0 AS double precision) AS last_touch_revenue
    FROM lake.gold_conversion_metrics AS m
    UNION ALL
    SELECT a.day,
           a.source,
           CAST(0 AS bigint),
           CAST(0 AS bigint),
           CAST(0 AS bigint),
           CAST(NULL AS double precision),
           CAST(0 AS double precision),
           CASE WHEN a.model = 'first_touch_30_days' THEN a.conversions ELSE 0 END,
           CASE WHEN a.model = 'first_touch_30_days' THEN a.revenue ELSE 0 END,
           CASE WHEN a.model = 'last_touch_7_days' THEN a.conversions ELSE 0 END,
           CASE WHEN a.model = 'last_touch_7_days' THEN a.revenue ELSE 0 END
    FROM lake.gold_attribution AS a
)
SELECT day,
       source,
       CAST(sum(total_leads) AS bigint) AS leads,
       CAST(sum(hot_leads) AS bigint) AS hot_leads,
       CAST(sum(converted_leads) AS bigint) AS converted_leads,
       CAST(sum(converted_leads) AS double precision) / nullif(CAST(sum(total_leads) AS double precision), 0) AS conversion_rate,
       sum(average_score * total_leads) / nullif(CAST(sum(total_leads) AS double precision), 0) AS average_score,
       sum(revenue) AS revenue_of_leads,
       CAST(sum(first_touch_conversions) AS bigint) AS first_touch_conversions,
       sum(first_touch_revenue) AS first_touch_revenue,
       CAST(sum(last_touch_conversions) AS bigint) AS last_touch_conversions,
       sum(last_touch_revenue) AS last_touch_revenue
FROM facts
GROUP BY day, source
WITH NO SCHEMA BINDING;

COMMENT ON VIEW mart.source_performance IS 'Sources by day. leads to revenue_of_leads are about leads first touched that day, as they stand now. What begins with first_touch or last_touch is about conversions of that day, credited by a touch within 30 or 7 days; either rule credits each conversion once.';
GRANT SELECT ON mart.source_performance TO ROLE analyst, ROLE scientist;
