-- Lead source distribution
-- Through which source do leads come first, and which sources reach them at all?
--
-- Grain: day, measure, source. Rows without a day are about the whole range. A source has a row for each day
-- with new leads from its own first touch on.
--
-- day          date    Day of the lead's first touch
-- measure      string  share (first touched through the source), dominant_share (the largest of these), reached (ever touched by it)
-- source       string  The source; empty for dominant_share
-- value        double  Share of the leads
-- numerator    double  How many of them
-- denominator  double  Leads first touched that day; for reached all leads known by the end of the range
WITH happened AS (
    SELECT lead_id, source, event_id, kind, event_time, CAST(event_time AS date) AS day
    FROM silver_lead_events
    WHERE lead_id IS NOT NULL AND event_time <= :as_of AND CAST(event_time AS date) <= :to_day
),
touches AS (
    SELECT lead_id,
           source,
           day,
           row_number() OVER (PARTITION BY lead_id ORDER BY event_time, source, event_id) AS place
    FROM happened
    WHERE kind = 'touch'
),
first_touches AS (
    SELECT source, day
    FROM touches
    WHERE place = 1 AND day >= :from_day
),
sources AS (
    SELECT source, min(day) AS first_day, count(DISTINCT lead_id) AS leads
    FROM touches
    GROUP BY source
),
leads_or_none AS (
    SELECT day, source, 1 AS amount
    FROM first_touches
    UNION ALL
    SELECT days.day, sources.source, 0
    FROM (SELECT DISTINCT day FROM first_touches) AS days
    JOIN sources ON sources.first_day <= days.day
),
counts AS (
    SELECT day, source, sum(amount) AS leads
    FROM leads_or_none
    GROUP BY GROUPING SETS ((day, source), (source))
),
totals AS (
    SELECT day, source, leads, sum(leads) OVER (PARTITION BY day) AS all_leads
    FROM counts
),
known AS (
    SELECT count(DISTINCT lead_id) AS leads
    FROM happened
),
amounts AS (
    SELECT day, 'share' AS measure, source, leads, all_leads
    FROM totals
    UNION ALL
    SELECT day, 'dominant_share', CAST(NULL AS varchar), max(leads), max(all_leads)
    FROM totals
    GROUP BY day
    UNION ALL
    SELECT CAST(NULL AS date), 'reached', sources.source, sources.leads, known.leads
    FROM sources
    CROSS JOIN known
)
SELECT day,
       measure,
       source,
       CAST(leads AS double) / CAST(all_leads AS double) AS value,
       CAST(leads AS double) AS numerator,
       CAST(all_leads AS double) AS denominator
FROM amounts
