//! What the measures of KPIs say, for whoever does not know their names.

/// A sentence without its full stop. None for measures of one's own, which have their name only.
pub fn of(kpi: &str, measure: &str) -> Option<&'static str> {
    Some(match (kpi, measure) {
        ("lead_volume", "records") => "Records that arrived",
        ("lead_volume", "objects") => "Objects that arrived",
        ("lead_volume", "leads") => "People who were heard of",
        ("lead_volume", "new_leads") => "People who were heard of for the first time",
        ("data_quality", "invalid") => "Values per record that could not be read",
        ("data_quality", "missing") => "Values per record that were left out",
        ("data_quality", "drifted") => "Fields per record that no contract knows",
        ("data_quality", "duplicate") => "Share of the records that came before",
        ("processing_success_rate", "reached_silver") => "Share of the raw records that could be used",
        ("processing_success_rate", "refused") => "Share of the raw records that were refused",
        ("processing_success_rate", "duplicate") => "Share of the raw records that came before",
        ("lead_source_distribution", "dominant_share") => {
            "Share of the leads that came first through the largest source"
        }
        ("enrichment_coverage", "complete") => {
            "Share of the leads of whom we know who they are and what they want"
        }
        ("enrichment_coverage", "demographic") => "Share of the leads of whom we know who they are",
        ("enrichment_coverage", "behavioural") => "Share of the leads of whom we know what they want",
        ("lead_score_accuracy", "auc") => {
            "How often a lead that bought had a higher score than one that did not: 0.5 is chance, 1 is perfect"
        }
        ("lead_score_accuracy", "calibration_error") => {
            "How far the probabilities that were said are from what happened: 0 is perfect"
        }
        ("lead_score_accuracy", "log_loss" | "brier") => {
            "How wrong the probabilities that were said turned out: 0 is perfect"
        }
        ("lead_score_accuracy", "decided") => "Leads whose outcome is known",
        ("high_intent_lead_ratio", "hot") => "Share of the leads that are hot, as scores stand now",
        ("high_intent_lead_ratio", "warm") => "Share of the leads that are warm, as scores stand now",
        ("high_intent_lead_ratio", "cold") => "Share of the leads that are cold, as scores stand now",
        ("processing_latency", "p50") => "Half of the objects were in silver within this time",
        ("processing_latency", "p95") => "95% of the objects were in silver within this time",
        ("processing_latency", "p99") => "99% of the objects were in silver within this time",
        ("processing_latency", "max") => "The slowest object took this long to silver",
        ("duplicate_reduction", "eliminated") => {
            "Share of the records that were repeats, and are counted once"
        }
        ("duplicate_reduction", "within_object") => {
            "Share of the records that were repeats within their object"
        }
        ("duplicate_reduction", "across_objects") => {
            "Share of the records that were repeats of other objects"
        }
        ("conversion_by_band", "lift") => "HOT leads convert so many times as often as all leads",
        ("conversion_by_band", "conversion_rate") => "Share of the decided leads that bought",
        ("conversion_by_band", "in_order") => "1 where each band converts more often than the one below it",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use leadlake_gold::KpiSettings;

    use super::*;

    #[test]
    fn every_headline_has_a_sentence() {
        for kpi in KpiSettings::shipped().unwrap().kpis {
            assert!(of(&kpi.name, &kpi.headline.measure).is_some(), "{} has none", kpi.name);
        }
        assert_eq!(of("lead_volume", "own"), None);
    }
}
