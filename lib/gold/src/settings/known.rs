//! What each KPI can be asked for, so that a misspelt name is told of and does not switch a check off.

type Names = &'static [(&'static str, &'static str)];

/// Names as words that stand for themselves.
macro_rules! names {
    ($($name:literal),*) => { &[$(($name, $name)),*] };
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub measures: Names,
    pub dimensions: Names,
}

pub(super) fn known_of(kpi: &str) -> Known {
    let (measures, dimensions): (Names, Names) = match kpi {
        "lead_volume" => (names!["records", "objects", "leads", "new_leads"], names!["source"]),
        "data_quality" => (names!["invalid", "missing", "drifted", "duplicate"], names!["source", "field"]),
        "processing_success_rate" => (names!["reached_silver", "refused", "duplicate"], names!["source"]),
        "lead_source_distribution" => (names!["share", "dominant_share", "reached"], names!["source"]),
        "enrichment_coverage" => (names!["complete", "demographic", "behavioural"], names![]),
        "lead_score_accuracy" => {
            (names!["auc", "log_loss", "brier", "calibration_error", "decided"], names![])
        }
        "high_intent_lead_ratio" => (names!["hot", "warm", "cold"], names!["source"]),
        "processing_latency" => (names!["p50", "p95", "p99", "max"], names!["source"]),
        "duplicate_reduction" => (names!["within_object", "across_objects", "eliminated"], names!["source"]),
        "conversion_by_band" => {
            (names!["conversion_rate", "lift", "in_order", "of_all_leads"], names!["band"])
        }
        _ => (names![], names![]),
    };
    Known { measures, dimensions }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{KPI_COLUMNS, Models};

    #[test]
    fn they_are_those_of_the_models() {
        for model in Models::shipped().unwrap().kpis {
            let known = known_of(&model.name);
            let comment = &model.columns.iter().find(|column| column.name == "measure").unwrap().comment;
            let words: BTreeSet<&str> =
                comment.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
            assert!(known.measures.len() > 2, "{}", model.name);
            for (measure, _) in known.measures {
                assert!(words.contains(measure), "{}: {measure} is not in {comment:?}", model.name);
            }
            let columns = model.columns.iter().map(|column| column.name.as_str());
            let dimensions: BTreeSet<&str> =
                columns.filter(|name| KPI_COLUMNS.iter().all(|(fixed, _)| fixed != name)).collect();
            let told: BTreeSet<&str> = known.dimensions.iter().map(|(name, _)| *name).collect();
            assert_eq!(told, dimensions, "{}", model.name);
        }
    }
}
