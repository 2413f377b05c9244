-- Lead scores
-- How are leads scored now, and what became of them?
--
-- Grain: one row for each lead, without anything that tells which.
--
-- leads                 bigint     1, to be added up
-- lead_category         string     HOT, WARM or COLD
-- recommended_action    string     What sales should do
-- source                string     Source of the first touch; none without one
-- first_touch_day       date       When that was
-- event_date            date       The day that leads are scored as of
-- final_score           double     The score
-- score_from            bigint     The score, in bands of 20 points: where its band begins
-- probability           double     How likely the lead is to convert, between 0 and 1
-- outcome               string     What sales said last: converted, lost or open; none where they said nothing
-- converted             bigint     1 where the lead converted, else 0
-- conversion_days       double     From the first touch to the conversion
-- decided               bigint     1 where it is settled, converted or lost, else 0
-- band_before           string     HOT, WARM or COLD just before it was settled
-- probability_before    double     The probability just before that
-- percent_from          bigint     That probability, in bands of ten percent: where its band begins
-- model_version         string     What scored the leads
SELECT CAST(1 AS bigint) AS leads,
       lead_category,
       recommended_action,
       coalesce(first_touch_source, 'none') AS source,
       CAST(first_touch_at AS date) AS first_touch_day,
       event_date,
       CAST(final_score AS double) AS final_score,
       CAST(floor(CAST(final_score AS double) / 20) * 20 AS bigint) AS score_from,
       conversion_probability AS probability,
       coalesce(outcome, 'none') AS outcome,
       CAST(CASE WHEN converted THEN 1 ELSE 0 END AS bigint) AS converted,
       conversion_days,
       CAST(CASE WHEN decided_at IS NOT NULL THEN 1 ELSE 0 END AS bigint) AS decided,
       CASE WHEN decided_at IS NOT NULL THEN coalesce(category_before_outcome, lead_category) END AS band_before,
       probability_before_outcome AS probability_before,
       CAST(least(floor(probability_before_outcome * 10), 9E0) * 10 AS bigint) AS percent_from,
       model_version
FROM gold_lead_scores
