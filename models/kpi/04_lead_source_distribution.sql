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
    SELECT lead_id, source, kind, event_time
    FROM silver_lead_events
    WHERE lead_id IS NOT NULL AND event_time <= :as_of AND CAST(event_time AS date) <= :to_day
),
first_by_source AS (
    SELECT lead_id, source, min(event_time) AS first_at
    FROM happened
    WHERE kind = 'touch'
    GROUP BY lead_id, source
),
first_at_all AS (
    SELECT lead_id, min(first_at) AS first_at
    FROM first_by_source
    GROUP BY lead_id
),
first_touches AS (
    SELECT min(first_by_source.source) AS source, CAST(min(first_at_all.first_at) AS date) AS day
    FROM first_at_all
    JOIN first_by_source
        ON first_by_source.lead_id = first_at_all.lead_id AND first_by_source.first_at = first_at_all.first_at
    WHERE CAST(first_at_all.first_at AS date) >= :from_day
    GROUP BY first_at_all.lead_id
),
sources AS (
    SELECT source, CAST(min(first_at) AS date) AS first_day, count(*) AS leads
    FROM first_by_source
    GROUP BY source
),
leads_or_none AS (
    SELECT day, source, 1 AS amount
    FROM first_touches
    UNION ALL
    SELECT days.day, sources.source, 0
    FROM sources
    CROSS JOIN (
        SELECT CAST(day AS date) AS day
        FROM UNNEST(sequence(:from_day, :to_day, INTERVAL '1' DAY)) AS t(day)
    ) AS days
    WHERE sources.first_day <= days.day
),
by_day AS (
    SELECT day, source, sum(amount) AS leads, sum(sum(amount)) OVER (PARTITION BY day) AS of_the_day
    FROM leads_or_none
    GROUP BY day, source
),
counts AS (
    SELECT day, source, sum(leads) AS leads
    FROM by_day
    WHERE of_the_day > 0
    GROUP BY GROUPING SETS ((day, source), (source))
),
ranked AS (
    SELECT day,
           source,
           leads,
           sum(leads) OVER (PARTITION BY day) AS all_leads,
           row_number() OVER (PARTITION BY day ORDER BY leads DESC, source) AS place
    FROM counts
),
known AS (
    SELECT count(DISTINCT lead_id) AS leads
    FROM happened
),
amounts AS (
    SELECT ranked.day,
           measures.measure,
           CASE measures.measure WHEN 'share' THEN ranked.source END AS source,
           ranked.leads,
           ranked.all_leads
    FROM ranked
    CROSS JOIN (VALUES ('share'), ('dominant_share')) AS measures(measure)
    WHERE measures.measure = 'share' OR ranked.place = 1
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
