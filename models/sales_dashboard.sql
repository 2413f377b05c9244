-- Sales dashboard
-- Whom should sales call now, and why?
--
-- Grain: lead_id. All open leads: they have not converted, and sales did not mark them as lost last.
--
-- position                 bigint         1 is to be called first: by score, then by the last touch
-- lead_id                  string         Who it is
-- name                     string         The name given last
-- phone                    string         The phone given last
-- email                    string         The address given last
-- city                     string         The city given last
-- lead_category            string         HOT, WARM or COLD
-- final_score              decimal(18,2)  The score
-- conversion_probability   double         How likely the lead is to convert
-- recommended_action       string         What to do
-- why                      string         What the score comes from, in words
-- source                   string         The source with the highest weight that touched them
-- device_interest          string         The device they asked about last
-- budget_low               decimal(18,2)  Lower end of the budget told last
-- budget_high              decimal(18,2)  Upper end of it
-- purchase_timeframe_days  bigint         Within how many days they mean to buy, as said last
-- last_touch_at            timestamp      When they were last in touch
-- days_since_last_touch    bigint         Days of the calendar since then
WITH open_leads AS (
    SELECT scores.lead_id,
           leads.name,
           leads.phone,
           leads.email,
           leads.city,
           scores.lead_category,
           scores.final_score,
           scores.conversion_probability,
           scores.recommended_action,
           scores.why,
           scores.source,
           leads.device_interest,
           leads.budget_low,
           leads.budget_high,
           leads.purchase_timeframe_days,
           scores.last_touch_at
    FROM gold_lead_scores AS scores
    JOIN silver_leads AS leads ON leads.lead_id = scores.lead_id
    WHERE NOT scores.converted AND coalesce(scores.outcome, 'open') <> 'lost'
),
alike AS (
    SELECT final_score, count(*) AS leads
    FROM open_leads
    GROUP BY final_score
),
higher AS (
    SELECT final_score,
           sum(leads) OVER (
               ORDER BY final_score DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) - leads AS leads
    FROM alike
)
SELECT CAST(
           higher.leads + row_number() OVER (
               PARTITION BY open_leads.final_score
               ORDER BY open_leads.last_touch_at DESC NULLS LAST, open_leads.lead_id
           ) AS bigint
       ) AS position,
       open_leads.lead_id,
       open_leads.name,
       open_leads.phone,
       open_leads.email,
       open_leads.city,
       open_leads.lead_category,
       open_leads.final_score,
       open_leads.conversion_probability,
       open_leads.recommended_action,
       open_leads.why,
       open_leads.source,
       open_leads.device_interest,
       open_leads.budget_low,
       open_leads.budget_high,
       open_leads.purchase_timeframe_days,
       open_leads.last_touch_at,
       date_diff('day', CAST(open_leads.last_touch_at AS date), CAST(:as_of AS date)) AS days_since_last_touch
FROM open_leads
JOIN higher ON higher.final_score = open_leads.final_score
