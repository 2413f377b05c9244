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
    SELECT conversions.lead_id,
           events.source,
           events.event_time >= conversions.converted_at - INTERVAL '7' DAY AS within_7_days,
           row_number() OVER (
               PARTITION BY conversions.lead_id
               ORDER BY events.event_time, events.source, events.event_id
           ) AS from_the_first,
           row_number() OVER (
               PARTITION BY conversions.lead_id
               ORDER BY events.event_time DESC, events.source DESC, events.event_id DESC
           ) AS from_the_last
    FROM conversions
    JOIN silver_lead_events AS events ON events.lead_id = conversions.lead_id
    WHERE events.kind = 'touch'
        AND events.event_time <= conversions.converted_at
        AND events.event_time >= conversions.converted_at - INTERVAL '30' DAY
),
attributed AS (
    SELECT conversions.lead_id,
           conversions.converted_at,
           conversions.revenue,
           'first_touch_30_days' AS model,
           coalesce(touches.source, 'none') AS source
    FROM conversions
    LEFT JOIN touches ON touches.lead_id = conversions.lead_id AND touches.from_the_first = 1
    UNION ALL
    SELECT conversions.lead_id,
           conversions.converted_at,
           conversions.revenue,
           'last_touch_7_days',
           coalesce(touches.source, 'none')
    FROM conversions
    LEFT JOIN touches
        ON touches.lead_id = conversions.lead_id AND touches.from_the_last = 1 AND touches.within_7_days
)
SELECT CAST(converted_at AS date) AS day,
       model,
       source,
       count(*) AS conversions,
       CAST(sum(revenue) AS double) AS revenue
FROM attributed
GROUP BY CAST(converted_at AS date), model, source
