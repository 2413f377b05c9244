-- Conversion metrics
-- How do leads fare, by the source and the day of their first touch?
--
-- Grain: date, source. All leads are in it, each once. Shares and means are left out: what they are made of adds up, they do not.
--
-- date         date       Day of the first touch; without one, day on which the lead was first seen
-- source       string     Source of the first touch; none without one
-- leads        bigint     Leads first touched there and then
-- hot          bigint     Those that are hot now
-- converted    bigint     Those that have converted
-- score_total  double     Their final scores, added up
-- revenue      double     What their conversions brought, in the main currency
SELECT day AS "date",
       source,
       total_leads AS leads,
       hot_leads AS hot,
       converted_leads AS converted,
       average_score * total_leads AS score_total,
       revenue
FROM gold_conversion_metrics
