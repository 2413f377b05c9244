-- The latest cut of each value of a KPI. gold_kpi has what a value is about in a map. Spectrum gives no map as a column: it
-- ranges over its entries in FROM, where a subquery may use the outer row and nowhere else.
-- Which measure stands for a KPI is said by kpi.yaml. A lake with other headlines in its ops/settings/kpi.yaml changes them here.
DROP VIEW IF EXISTS mart.kpi;

CREATE VIEW mart.kpi AS
SELECT CASE k.kpi
           WHEN 'lead_volume' THEN 1
           WHEN 'data_quality' THEN 2
           WHEN 'processing_success_rate' THEN 3
           WHEN 'lead_source_distribution' THEN 4
           WHEN 'enrichment_coverage' THEN 5
           WHEN 'lead_score_accuracy' THEN 6
           WHEN 'high_intent_lead_ratio' THEN 7
           WHEN 'processing_latency' THEN 8
           WHEN 'duplicate_reduction' THEN 9
           WHEN 'conversion_by_band' THEN 10
       END AS number,
       k.kpi,
       k.measure = CASE k.kpi
           WHEN 'lead_volume' THEN 'records'
           WHEN 'data_quality' THEN 'invalid'
           WHEN 'processing_success_rate' THEN 'reached_silver'
           WHEN 'lead_source_distribution' THEN 'dominant_share'
           WHEN 'enrichment_coverage' THEN 'complete'
           WHEN 'lead_score_accuracy' THEN 'auc'
           WHEN 'high_intent_lead_ratio' THEN 'hot'
           WHEN 'processing_latency' THEN 'p95'
           WHEN 'duplicate_reduction' THEN 'eliminated'
           WHEN 'conversion_by_band' THEN 'lift'
       END AS is_headline,
       k.measure,
       (SELECT max(d.value) FROM k.dimensions AS d WHERE d.key = 'source') AS source,
       (SELECT max(d.value) FROM k.dimensions AS d WHERE d.key = 'field') AS field,
       (SELECT max(d.value) FROM k.dimensions AS d WHERE d.key = 'band') AS band,
       (SELECT count(*) FROM k.dimensions AS d) AS dimensions,
       k."date" AS day,
       k.value,
       k.numerator,
       k.denominator,
       k.state,
       k.cut,
       k.change,
       k.changed_because,
       k.detail,
       k.as_of,
       k.computed_at,
       k.model_version
FROM lake.gold_kpi AS k
WHERE k.is_latest
WITH NO SCHEMA BINDING;

COMMENT ON VIEW mart.kpi IS 'Each value of a KPI, as it is known now; the headline of each KPI has is_headline. A row without source, field and band is about all; dimensions says by how many it is told apart. A value that is no more is a row without value. Shares of several days: add up numerators and denominators, then divide.';
GRANT SELECT ON mart.kpi TO ROLE analyst, ROLE scientist;
