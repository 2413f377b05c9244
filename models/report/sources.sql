-- Sources
-- What does each source bring?
--
-- Grain: source. Leads whose first touch lies within the range, and conversions within the range.
--
-- source                   string  The source; none for leads and conversions without a touch
-- leads                    bigint  Leads that it touched first
-- hot_leads                bigint  Those that are hot now
-- converted_leads          bigint  Those that have converted
-- conversion_rate          double  Share of the leads that have converted
-- average_score            double  Mean of their final scores
-- revenue                  double  What their conversions brought, in the main currency
-- first_touch_conversions  bigint  Conversions that go back to it by the first touch within 30 days
-- last_touch_conversions   bigint  Conversions that go back to it by the last touch within 7 days
WITH leads AS (
    SELECT coalesce(scores.first_touch_source, 'none') AS source,
           scores.lead_category,
           scores.converted,
           scores.final_score,
           leads.revenue
    FROM gold_lead_scores AS scores
    JOIN silver_leads AS leads ON leads.lead_id = scores.lead_id
    WHERE CAST(coalesce(scores.first_touch_at, leads.first_seen_at) AS date) BETWEEN :from_day AND :to_day
),
conversions AS (
    SELECT lead_id, converted_at
    FROM silver_leads
    WHERE converted_at <= :as_of AND CAST(converted_at AS date) BETWEEN :from_day AND :to_day
),
touches AS (
    SELECT conversions.lead_id, conversions.converted_at, events.source, events.event_time
    FROM conversions
    JOIN silver_lead_events AS events ON events.lead_id = conversions.lead_id
    WHERE events.kind = 'touch'
        AND events.event_time <= conversions.converted_at
        AND events.event_time >= conversions.converted_at - INTERVAL '30' DAY
),
spans AS (
    SELECT lead_id, min(event_time) AS first_at, max(event_time) AS last_at
    FROM touches
    GROUP BY lead_id
),
credited AS (
    SELECT touches.lead_id,
           min(touches.source) FILTER (WHERE touches.event_time = spans.first_at) AS first_source,
           max(touches.source) FILTER (
               WHERE touches.event_time = spans.last_at
                   AND touches.event_time >= touches.converted_at - INTERVAL '7' DAY
           ) AS last_source
    FROM touches
    JOIN spans ON spans.lead_id = touches.lead_id
    GROUP BY touches.lead_id
),
attributed AS (
    SELECT models.model,
           coalesce(CASE models.model WHEN 'first' THEN credited.first_source ELSE credited.last_source END, 'none') AS source
    FROM conversions
    LEFT JOIN credited ON credited.lead_id = conversions.lead_id
    CROSS JOIN (VALUES ('first'), ('last')) AS models(model)
),
amounts AS (
    SELECT source,
           1 AS leads,
           CASE WHEN lead_category = 'HOT' THEN 1 ELSE 0 END AS hot,
           CASE WHEN converted THEN 1 ELSE 0 END AS converted,
           final_score,
           revenue,
           0 AS first_touch,
           0 AS last_touch
    FROM leads
    UNION ALL
    SELECT source,
           0,
           0,
           0,
           0,
           0,
           CASE model WHEN 'first' THEN 1 ELSE 0 END,
           CASE model WHEN 'last' THEN 1 ELSE 0 END
    FROM attributed
)
SELECT source,
       CAST(sum(leads) AS bigint) AS leads,
       CAST(sum(hot) AS bigint) AS hot_leads,
       CAST(sum(converted) AS bigint) AS converted_leads,
       CAST(sum(converted) AS double) / nullif(CAST(sum(leads) AS double), 0E0) AS conversion_rate,
       CAST(sum(final_score) AS double) / nullif(CAST(sum(leads) AS double), 0E0) AS average_score,
       CAST(sum(revenue) AS double) AS revenue,
       CAST(sum(first_touch) AS bigint) AS first_touch_conversions,
       CAST(sum(last_touch) AS bigint) AS last_touch_conversions
FROM amounts
GROUP BY source
