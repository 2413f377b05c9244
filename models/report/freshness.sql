-- Freshness
-- When did each source last deliver?
--
-- Grain: source. All that had been delivered by the last day of the range, whatever its first day.
--
-- source           string     The source
-- objects          bigint     Objects that were refined
-- last_day         date       The last day of arrival
-- last_arrived_at  timestamp  When the last object arrived
-- last_refined_at  timestamp  When an object was last refined
-- last_event_at    timestamp  When the last known event of a lead happened
WITH deliveries AS (
    SELECT source,
           count(*) AS objects,
           max(dt) AS last_day,
           max(arrived_at) AS last_arrived_at,
           max(completed_at) AS last_refined_at
    FROM ops_ledger
    WHERE dt <= :to_day
    GROUP BY source
),
happenings AS (
    SELECT source, max(event_time) AS last_event_at
    FROM silver_lead_events
    WHERE lead_id IS NOT NULL AND dt <= :to_day AND event_time <= :as_of
    GROUP BY source
)
SELECT deliveries.source,
       deliveries.objects,
       deliveries.last_day,
       deliveries.last_arrived_at,
       deliveries.last_refined_at,
       happenings.last_event_at
FROM deliveries
LEFT JOIN happenings ON happenings.source = deliveries.source
