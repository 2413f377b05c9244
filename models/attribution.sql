-- Attribution
-- Which source do conversions go back to, by the first touch and by the last?
--
-- Grain: day, model, source. A lead converts once: when sales first said so. Under each model every conversion
-- goes to one source.
--
-- day          date    Day of the conversion
-- model        string  first_touch_30_days or last_touch_7_days: the windows end with the conversion
-- source       string  Source of that touch; none where nothing touched the lead within the window
-- conversions  bigint  How many leads converted
-- revenue      double  What they brought, in the main currency
WITH conversions AS (
    SELECT lead_id, converted_at, revenue
    FROM silver_leads
    WHERE converted_at <= :as_of
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
    SELECT conversions.converted_at,
           conversions.revenue,
           models.model,
           coalesce(
               CASE models.model
                   WHEN 'first_touch_30_days' THEN credited.first_source
                   ELSE credited.last_source
               END,
               'none'
           ) AS source
    FROM conversions
    LEFT JOIN credited ON credited.lead_id = conversions.lead_id
    CROSS JOIN (VALUES ('first_touch_30_days'), ('last_touch_7_days')) AS models(model)
)
SELECT CAST(converted_at AS date) AS day,
       model,
       source,
       count(*) AS conversions,
       CAST(sum(revenue) AS double) AS revenue
FROM attributed
GROUP BY CAST(converted_at AS date), model, source
