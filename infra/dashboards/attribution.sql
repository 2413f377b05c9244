-- Attribution
-- Which source do conversions go back to, by the first touch and by the last?
--
-- Grain: date, rule, source. Under each rule every conversion goes to one source, so rules are never added up.
--
-- date         date       Day of the conversion
-- rule         string     The rule, such as first_touch_30_days
-- source       string     Source of that touch; none where nothing touched the lead within the window
-- conversions  bigint     How many leads converted
-- revenue      double     What they brought, in the main currency
SELECT day AS "date",
       model AS rule,
       source,
       conversions,
       revenue
FROM gold_attribution
