//! Metrics in CloudWatch's embedded format: a line on standard output that CloudWatch Logs turns into metrics, without a call.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What the format allows in one line.
const MOST_METRICS: usize = 100;
const MOST_VALUES: usize = 100;

const FUNCTION: &str = "Function";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Count,
    Bytes,
    Milliseconds,
    Percent,
    None,
}

/// What one call of a function has counted. Names, units and labels are fixed words and names of sources: never anything of a record.
#[derive(Debug, Default)]
pub struct Metrics {
    series: Mutex<BTreeMap<Labels, BTreeMap<&'static str, Series>>>,
}

type Labels = Vec<(&'static str, String)>;

#[derive(Debug)]
struct Series {
    unit: Unit,
    values: Vec<f64>,
}

/// Metrics that have dimensions beside the function's name.
#[derive(Debug)]
pub struct Labelled<'m> {
    metrics: &'m Metrics,
    labels: Labels,
}

impl Metrics {
    /// Adds to a number that is told once, as a sum.
    pub fn count(&self, name: &'static str, by: u64) {
        self.labelled(&[]).count(name, by);
    }

    /// One more value of a distribution, so that CloudWatch has its percentiles.
    pub fn record(&self, name: &'static str, unit: Unit, value: f64) {
        self.labelled(&[]).record(name, unit, value);
    }

    /// `labels` become dimensions.
    pub fn labelled(&self, labels: &[(&'static str, &str)]) -> Labelled<'_> {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Labelled { metrics: self, labels }
    }

    /// One line for each set of labels, more where a line cannot hold all.
    pub fn lines(&self, namespace: &str, function: &str, request_id: &str, at: Timestamp) -> Vec<String> {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        for (labels, metrics) in series.iter() {
            let mut dimensions = Map::from_iter([(FUNCTION.to_owned(), json!(function))]);
            dimensions.extend(labels.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
            for part in parts(metrics) {
                lines.push(line(namespace, &dimensions, &part, request_id, at));
            }
        }
        lines
    }
}

impl Labelled<'_> {
    pub fn count(&self, name: &'static str, by: u64) {
        self.with(name, Unit::Count, |values| match values.first_mut() {
            Some(sum) => *sum += by as f64,
            None => values.push(by as f64),
        });
    }

    pub fn record(&self, name: &'static str, unit: Unit, value: f64) {
        // JSON has no other numbers, and CloudWatch would leave out the whole line.
        if value.is_finite() {
            self.with(name, unit, |values| values.push(value));
        }
    }

    fn with(&self, name: &'static str, unit: Unit, change: impl FnOnce(&mut Vec<f64>)) {
        let mut series = self.metrics.series.lock().unwrap_or_else(PoisonError::into_inner);
        let metrics = series.entry(self.labels.clone()).or_default();
        change(&mut metrics.entry(name).or_insert(Series { unit, values: Vec::new() }).values);
    }
}

type Part<'s> = Vec<(&'static str, Unit, &'s [f64])>;

/// A metric stands once in a line, with as many values as one may have.
fn parts<'s>(metrics: &'s BTreeMap<&'static str, Series>) -> Vec<Part<'s>> {
    let mut rounds: BTreeMap<usize, Part<'s>> = BTreeMap::new();
    for (name, series) in metrics {
        for (round, values) in series.values.chunks(MOST_VALUES).enumerate() {
            rounds.entry(round).or_default().push((name, series.unit, values));
        }
    }
    rounds
        .into_values()
        .flat_map(|part| part.chunks(MOST_METRICS).map(<[_]>::to_vec).collect::<Vec<_>>())
        .collect()
}

fn line(
    namespace: &str,
    dimensions: &Map<String, Value>,
    part: &Part<'_>,
    request_id: &str,
    at: Timestamp,
) -> String {
    let names: Vec<&String> = dimensions.keys().collect();
    let described = part.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit.name()}));
    let directive = json!({
        "Namespace": namespace,
        "Dimensions": [names],
        "Metrics": described.collect::<Vec<_>>(),
    });
    let about = json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive]});
    let mut line = Map::from_iter([("_aws".to_owned(), about)]);
    line.extend(dimensions.clone());
    line.insert("request_id".to_owned(), json!(request_id));
    line.extend(part.iter().map(|(name, _, values)| ((*name).to_owned(), number_or_numbers(values))));
    Value::Object(line).to_string()
}

fn number_or_numbers(values: &[f64]) -> Value {
    let number = |value: f64| match value {
        whole if whole.fract() == 0.0 && whole.abs() < 9e15 => json!(whole as i64),
        other => json!(other),
    };
    match values {
        [value] => number(*value),
        values => values.iter().copied().map(number).collect(),
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Bytes => "Bytes",
            Self::Milliseconds => "Milliseconds",
            Self::Percent => "Percent",
            Self::None => "None",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(metrics: &Metrics) -> Vec<String> {
        metrics.lines("Leadlake", "refine", "r-1", "2025-03-09T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_line_reads_as_cloudwatch_wants_it() {
        let metrics = Metrics::default();
        metrics.count("TestEvents", 1);
        let webinar = metrics.labelled(&[("Source", "webinar")]);
        webinar.count("Records", 40);
        webinar.count("Records", 2);
        webinar.record("Latency", Unit::Milliseconds, 12.5);
        webinar.record("Latency", Unit::Milliseconds, 3.0);
        webinar.record("Latency", Unit::Milliseconds, f64::NAN);
        insta::assert_snapshot!(lines(&metrics).join("\n"), @r#"
        {"_aws":{"Timestamp":1741514400000,"CloudWatchMetrics":[{"Namespace":"Leadlake","Dimensions":[["Function"]],"Metrics":[{"Name":"TestEvents","Unit":"Count"}]}]},"Function":"refine","request_id":"r-1","TestEvents":1}
        {"_aws":{"Timestamp":1741514400000,"CloudWatchMetrics":[{"Namespace":"Leadlake","Dimensions":[["Function","Source"]],"Metrics":[{"Name":"Latency","Unit":"Milliseconds"},{"Name":"Records","Unit":"Count"}]}]},"Function":"refine","Source":"webinar","request_id":"r-1","Latency":[12.5,3],"Records":42}
        "#);
    }

    #[test]
    fn more_values_than_a_line_can_hold_go_into_the_next() {
        let metrics = Metrics::default();
        metrics.count("Objects", 250);
        (0..250).for_each(|value| metrics.record("Latency", Unit::Milliseconds, f64::from(value)));
        let lines: Vec<Value> =
            lines(&metrics).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let values = lines.iter().map(|line| line["Latency"].as_array().map_or(0, Vec::len));
        assert_eq!(values.collect::<Vec<_>>(), [100, 100, 50]);
        let objects = lines.iter().filter(|line| line.get("Objects").is_some());
        assert_eq!(objects.count(), 1, "a sum stands once");
    }
}
