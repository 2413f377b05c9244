-- By the band just before the outcome, so that nobody is in a band because of what became of them.
DROP VIEW IF EXISTS mart.score_bands;

CREATE VIEW mart.score_bands AS
WITH bands AS (
    SELECT s.category_before_outcome AS band,
           count(*) AS decided,
           sum(CASE WHEN s.converted THEN 1 ELSE 0 END) AS converted,
           avg(s.probability_before_outcome) AS foretold_rate,
           avg(s.conversion_days) AS average_days_to_conversion
    FROM lake.gold_lead_scores AS s
    WHERE s.category_before_outcome IS NOT NULL
    GROUP BY s.category_before_outcome
),
everybody AS (
    SELECT sum(decided) AS decided, sum(converted) AS converted
    FROM bands
)
SELECT CASE bands.band WHEN 'HOT' THEN 1 WHEN 'WARM' THEN 2 ELSE 3 END AS band_order,
       bands.band,
       CAST(bands.decided AS bigint) AS decided,
       CAST(bands.converted AS bigint) AS converted,
       CAST(bands.converted AS double precision) / CAST(bands.decided AS double precision) AS conversion_rate,
       bands.foretold_rate,
       (CAST(bands.converted AS double precision) / CAST(bands.decided AS double precision))
           / nullif(CAST(everybody.converted AS double precision) / CAST(everybody.decided AS double precision), 0) AS lift,
       bands.average_days_to_conversion
FROM bands
CROSS JOIN everybody
WITH NO SCHEMA BINDING;

COMMENT ON VIEW mart.score_bands IS 'How often leads of each band converted, of those that were decided: converted or lost. lift is that rate divided by the rate of all; foretold_rate is what the scores had said.';
GRANT SELECT ON mart.score_bands TO ROLE analyst, ROLE scientist;
