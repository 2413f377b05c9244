-- Conversion metrics
-- How do leads fare, by the source and the day of their first touch?
--
-- Grain: day, source. All leads are in it, each once, as scores stand now.
--
-- day              date    Day of the first touch; without one, day on which the lead was first seen
-- source           string  Source of the first touch; none without one
-- total_leads      bigint  Leads first touched there and then
-- hot_leads        bigint  Those that are hot now
-- converted_leads  bigint  Those that have converted
-- conversion_rate  double  Share of the leads that have converted
-- average_score    double  Mean of their final scores
-- revenue          double  What their conversions brought, in the main currency
SELECT CAST(coalesce(scores.first_touch_at, leads.first_seen_at) AS date) AS day,
       coalesce(scores.first_touch_source, 'none') AS source,
       count(*) AS total_leads,
       count(*) FILTER (WHERE scores.lead_category = 'HOT') AS hot_leads,
       count(*) FILTER (WHERE scores.converted) AS converted_leads,
       CAST(count(*) FILTER (WHERE scores.converted) AS double) / CAST(count(*) AS double) AS conversion_rate,
       CAST(sum(scores.final_score) AS double) / CAST(count(*) AS double) AS average_score,
       CAST(sum(leads.revenue) AS double) AS revenue
FROM gold_lead_scores AS scores
JOIN silver_leads AS leads ON leads.lead_id = scores.lead_id
GROUP BY CAST(coalesce(scores.first_touch_at, leads.first_seen_at) AS date), coalesce(scores.first_touch_source, 'none')
