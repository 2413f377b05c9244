//! What was probably meant.

/// Below this likeness a suggestion misleads more than it helps.
const LEAST_LIKENESS: f64 = 0.5;

/// The name most like `wanted`.
pub(crate) fn closest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&wanted.to_lowercase(), name);
    names
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("silver_webinars" => Some("silver_webinar"))]
    #[test_case("SILVER_CMR" => Some("silver_crm"))]
    #[test_case("anything" => None)]
    fn the_closest_name(wanted: &str) -> Option<&'static str> {
        closest(wanted, ["silver_crm", "silver_webinar", "gold_lead_scores"])
    }
}
