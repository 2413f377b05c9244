//! Numbers for CloudWatch's charts and alarms.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use thiserror::Error;

use crate::connect::Aws;
use crate::refusal::Refusal;

/// What one call takes, of which a third is left for how it is packed.
const MOST_OF_A_CALL: usize = 1000;
const MOST_BYTES_OF_A_CALL: usize = 600_000;
/// Of numbers that are older CloudWatch takes none.
const OLDEST: SignedDuration = SignedDuration::from_hours(14 * 24);
const LONGEST_TEXT: usize = 255;

/// One number at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    pub name: String,
    pub value: f64,
    pub unit: DatumUnit,
    pub at: Timestamp,
    /// What it is about, each with its name, such as a source.
    pub dimensions: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatumUnit {
    Count,
    Percent,
    Seconds,
    Milliseconds,
    Bytes,
    None,
}

/// What became of the numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DataPut {
    pub put: u64,
    /// CloudWatch takes none that are older than two weeks.
    pub too_old: u64,
}

#[derive(Debug, Error)]
pub enum CloudWatchError {
    #[error(
        "CloudWatch did not take metrics in namespace {namespace}: {refusal}; check that the role may put them"
    )]
    Service { namespace: String, refusal: Refusal },
    #[error("metric {name} is no number that CloudWatch takes; this is a defect of what measured it")]
    NoNumber { name: String },
}

/// Metrics of one namespace.
pub struct CloudWatch {
    client: Client,
    /// Holds the runtime that answers are waited for on.
    aws: Aws,
    namespace: String,
}

impl Aws {
    pub fn cloudwatch(&self, namespace: &str) -> CloudWatch {
        CloudWatch { client: Client::new(self.config()), aws: self.clone(), namespace: namespace.to_owned() }
    }
}

impl CloudWatch {
    /// Puts numbers, of which those are left out that are too old to be taken. Putting a number again adds a sample of the
    /// same value: averages stay as they are, sums do not.
    pub fn put(&self, now: Timestamp, data: &[Datum]) -> Result<DataPut, CloudWatchError> {
        if let Some(wrong) = data.iter().find(|datum| !datum.value.is_finite()) {
            return Err(CloudWatchError::NoNumber { name: wrong.name.clone() });
        }
        let is_taken = |datum: &&Datum| now.duration_since(datum.at) < OLDEST;
        let taken: Vec<&Datum> = data.iter().filter(is_taken).collect();
        for call in in_calls(&taken) {
            self.put_some(call)?;
        }
        Ok(DataPut { put: taken.len() as u64, too_old: (data.len() - taken.len()) as u64 })
    }

    fn put_some(&self, data: &[&Datum]) -> Result<(), CloudWatchError> {
        let data = data.iter().map(|datum| as_metric(datum)).collect();
        let put = self.client.put_metric_data().namespace(&self.namespace).set_metric_data(Some(data)).send();
        let refused = |refusal| CloudWatchError::Service { namespace: self.namespace.clone(), refusal };
        let answer = self.aws.bridge().wait(put).map_err(|stopped| refused(stopped.into()))?;
        answer.map(drop).map_err(|error| refused(Refusal::of(&error)))
    }
}

/// As many in each as one call takes.
fn in_calls<'d>(data: &'d [&'d Datum]) -> Vec<&'d [&'d Datum]> {
    let mut calls = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fitting = rest.iter().take(MOST_OF_A_CALL).take_while(|datum| {
            bytes += size(datum);
            bytes <= MOST_BYTES_OF_A_CALL
        });
        let (call, left) = rest.split_at(fitting.count().max(1));
        calls.push(call);
        rest = left;
    }
    calls
}

/// About as many bytes as it has on the wire.
fn size(datum: &Datum) -> usize {
    let of_dimensions = datum.dimensions.iter().map(|(name, value)| 40 + name.len() + 4 * value.len());
    100 + datum.name.len() + of_dimensions.sum::<usize>()
}

fn as_metric(datum: &Datum) -> MetricDatum {
    let dimension = |(name, value): &(String, String)| {
        Dimension::builder().name(as_text(name)).value(as_text(value)).build()
    };
    MetricDatum::builder()
        .metric_name(&datum.name)
        .value(datum.value)
        .unit(datum.unit.into())
        .timestamp(DateTime::from_millis(datum.at.as_millisecond()))
        .set_dimensions(Some(datum.dimensions.iter().map(dimension).collect()))
        .build()
}

/// Dimensions are of visible ASCII and never empty; what is not stays tellable apart.
fn as_text(text: &str) -> String {
    let ascii: String = text.trim().chars().flat_map(char::escape_default).take(LONGEST_TEXT).collect();
    if ascii.is_empty() { "-".to_owned() } else { ascii }
}

impl From<DatumUnit> for StandardUnit {
    fn from(unit: DatumUnit) -> Self {
        match unit {
            DatumUnit::Count => Self::Count,
            DatumUnit::Percent => Self::Percent,
            DatumUnit::Seconds => Self::Seconds,
            DatumUnit::Milliseconds => Self::Milliseconds,
            DatumUnit::Bytes => Self::Bytes,
            DatumUnit::None => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datum(dimension: &str) -> Datum {
        Datum {
            name: "lead_volume".to_owned(),
            value: 1.0,
            unit: DatumUnit::Count,
            at: Timestamp::UNIX_EPOCH,
            dimensions: vec![("source".to_owned(), dimension.to_owned())],
        }
    }

    /// By number, by size, and one alone that is larger than all.
    #[test]
    fn calls_hold_as_much_as_is_taken() {
        let lengths = |data: &[Datum]| -> Vec<usize> {
            in_calls(&data.iter().collect::<Vec<_>>()).iter().map(|call| call.len()).collect()
        };
        assert_eq!(lengths(&vec![datum("crm"); 2500]), [1000, 1000, 500]);
        let (large, huge) = (datum(&"x".repeat(50_000)), datum(&"x".repeat(1_000_000)));
        assert_eq!(lengths(&[huge, large.clone(), large.clone(), large.clone(), large]), [1, 2, 2]);
        assert_eq!(lengths(&[]), [0_usize; 0]);
    }

    #[test]
    fn dimensions_are_ascii_and_tellable_apart() {
        assert_eq!(["Köln", " ", "crm"].map(as_text), ["K\\u{f6}ln", "-", "crm"]);
        let metric = as_metric(&datum("crm"));
        assert_eq!(
            (metric.metric_name(), metric.value(), metric.unit()),
            (Some("lead_volume"), Some(1.0), Some(&StandardUnit::Count))
        );
        assert_eq!(metric.dimensions()[0].value(), Some("crm"));
    }

    #[test]
    fn what_is_too_old_or_no_number_is_not_sent() {
        let cloudwatch = crate::faked::aws(|_| panic!("nothing is to be sent")).cloudwatch("Leadlake");
        let now = Timestamp::UNIX_EPOCH + OLDEST;
        assert_eq!(cloudwatch.put(now, &[datum("crm")]).unwrap(), DataPut { put: 0, too_old: 1 });
        let wrong = Datum { value: f64::NAN, ..datum("crm") };
        assert!(matches!(cloudwatch.put(now, &[wrong]), Err(CloudWatchError::NoNumber { .. })));
    }
}
