DROP VIEW IF EXISTS mart.kpi_daily;

CREATE VIEW mart.kpi_daily AS
SELECT k.day,
       k.number,
       k.kpi,
       k.measure,
       CASE k.kpi
           WHEN 'lead_volume' THEN 'count'
           WHEN 'processing_latency' THEN 'seconds'
           WHEN 'data_quality' THEN 'ratio'
           WHEN 'lead_score_accuracy' THEN 'ratio'
           WHEN 'conversion_by_band' THEN 'ratio'
           ELSE 'share'
       END AS unit,
       CASE k.kpi
           WHEN 'data_quality' THEN 'lower'
           WHEN 'processing_latency' THEN 'lower'
           WHEN 'lead_source_distribution' THEN 'neither'
           WHEN 'duplicate_reduction' THEN 'neither'
           ELSE 'higher'
       END AS better,
       k.value,
       k.numerator,
       k.denominator,
       k.state,
       k.cut > 0 AS day_is_over,
       k.cut > 1 AS was_corrected
FROM mart.kpi AS k
WHERE k.is_headline AND k.dimensions = 0
WITH NO SCHEMA BINDING;

COMMENT ON VIEW mart.kpi_daily IS 'The headline of each KPI, one row for each day. better says which way is good: higher, lower or neither.';
GRANT SELECT ON mart.kpi_daily TO ROLE analyst, ROLE scientist;
