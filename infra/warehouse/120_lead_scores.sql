-- gold_lead_scores has each score beside what became of the lead, and what had been foretold just before. Its reasons are
-- an array, which Spectrum gives as rows only: SELECT s.lead_id, r.reason, r.points FROM lake.gold_lead_scores s, s.reasons r.
DROP VIEW IF EXISTS mart.lead_scores;

CREATE VIEW mart.lead_scores AS
SELECT s.lead_id,
       s.as_of,
       s.model_version,
       s.final_score,
       s.source_score,
       s.engagement_score,
       s.intent_score,
       s.lead_category AS band,
       s.conversion_probability,
       s.probability_basis,
       s.why,
       s.recommended_action,
       coalesce(s.first_touch_source, 'none') AS first_touch_source,
       s.first_touch_at,
       s.last_touch_at,
       s.outcome,
       s.decided_at IS NOT NULL AS decided,
       s.decided_at,
       s.converted,
       s.converted_at,
       s.conversion_days AS days_to_conversion,
       s.score_before_outcome,
       s.category_before_outcome AS band_before_outcome,
       s.probability_before_outcome
FROM lake.gold_lead_scores AS s
WITH NO SCHEMA BINDING;

COMMENT ON VIEW mart.lead_scores IS 'Each lead with its score, what became of it, and what the score was just before that. Compare forecasts with outcomes by the columns that end in before_outcome: the score of today has seen the outcome.';
GRANT SELECT ON mart.lead_scores TO ROLE analyst, ROLE scientist;
