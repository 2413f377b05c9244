-- Funnel
-- What becomes of the records that arrived within the range?
--
-- Grain: position. Leads are those with an event that arrived within the range, as scores stand now.
--
-- position  bigint  1 is the widest
-- step      string  What is counted
-- amount    bigint  How many
WITH records AS (
    SELECT coalesce(sum(records), 0) AS records, coalesce(sum(accepted), 0) AS accepted
    FROM ops_ledger
    WHERE dt BETWEEN :from_day AND :to_day
),
first_arrivals AS (
    SELECT source, event_id
    FROM silver_lead_events
    GROUP BY source, event_id
    HAVING min(dt) BETWEEN :from_day AND :to_day
),
events AS (
    SELECT count(*) AS events
    FROM first_arrivals
),
arrived AS (
    SELECT DISTINCT lead_id
    FROM silver_lead_events
    WHERE lead_id IS NOT NULL AND dt BETWEEN :from_day AND :to_day
),
leads AS (
    SELECT count(*) AS leads,
           count(*) FILTER (WHERE scores.lead_category = 'HOT') AS hot
    FROM arrived
    JOIN gold_lead_scores AS scores ON scores.lead_id = arrived.lead_id
)
SELECT CAST(1 AS bigint) AS position, 'records in bronze' AS step, CAST(records AS bigint) AS amount FROM records
UNION ALL
SELECT CAST(2 AS bigint), 'accepted into silver', CAST(accepted AS bigint) FROM records
UNION ALL
SELECT CAST(3 AS bigint), 'distinct events', CAST(events AS bigint) FROM events
UNION ALL
SELECT CAST(4 AS bigint), 'leads', CAST(leads AS bigint) FROM leads
UNION ALL
SELECT CAST(5 AS bigint), 'hot leads', CAST(hot AS bigint) FROM leads
