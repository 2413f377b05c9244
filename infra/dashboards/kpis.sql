-- KPIs
-- What was each KPI like on each day that is over?
--
-- Grain: kpi, measure, told_by, source, field, band, date. Each value as it is known now. Days that are not over are left
-- out: beside whole days they would look like a fall.
--
-- date             date       Which day
-- kpi              string     Which KPI, such as lead_volume
-- measure          string     Which of its measures
-- told_by          string     What is told apart: all, or dimensions such as source
-- source           string     Which source; all for all together
-- field            string     Which field; empty for all together
-- band             string     HOT, WARM or COLD; empty for all together
-- value            double     The value. Shares of several days are never averaged
-- numerator        double     Of a share, what was counted
-- denominator      double     Of a share, what it is a share of
-- state            string     ok, watch or alarm; none where there is no check
-- cut              bigint     1 for the first value after the day's end, more for corrections
-- change           double     To the value before the correction
-- changed_because  string     Why it was corrected; empty where it was not
-- detail           string     The same in words
SELECT "date",
       kpi,
       measure,
       coalesce(nullif(array_join(array_sort(map_keys(dimensions)), ', '), ''), 'all') AS told_by,
       coalesce(element_at(dimensions, 'source'), 'all') AS source,
       element_at(dimensions, 'field') AS field,
       element_at(dimensions, 'band') AS band,
       value,
       numerator,
       denominator,
       coalesce(state, 'none') AS state,
       cut,
       change,
       changed_because,
       detail
FROM gold_kpi
WHERE is_latest AND cut > 0
