//! KPIs as CloudWatch has metrics.

use jiff::Timestamp;
use leadlake_aws::cloudwatch::{Datum, DatumUnit};
use leadlake_gold::{NewestKpi, NewestKpis, NewestValue, State, Unit};

/// A number, by KPI, measure and what it is about.
const VALUE: &str = "KpiValue";
/// 0 is well or unknown, 1 worth a look, 2 an alarm, by KPI. So alarms need not know the thresholds, which `kpi.yaml`
/// has.
const STATE: &str = "KpiState";

/// What the newest day that is over was like, as something that is so at the instant: a monitor that is told nothing
/// more notices that nobody measures.
pub fn data_of(newest: &NewestKpis, at: Timestamp) -> Vec<Datum> {
    newest.kpis.iter().flat_map(|kpi| of_kpi(kpi, at)).collect()
}

fn of_kpi(kpi: &NewestKpi, at: Timestamp) -> Vec<Datum> {
    let state = Datum {
        name: STATE.to_owned(),
        value: match kpi.state {
            State::NoData | State::Ok => 0.0,
            State::Watch => 1.0,
            State::Alarm => 2.0,
        },
        unit: DatumUnit::None,
        at,
        dimensions: vec![("KPI".to_owned(), kpi.name.clone())],
    };
    let values = kpi.values.iter().map(|value| of_value(kpi, value, at));
    std::iter::once(state).chain(values).collect()
}

fn of_value(kpi: &NewestKpi, value: &NewestValue, at: Timestamp) -> Datum {
    let mut dimensions =
        vec![("KPI".to_owned(), kpi.name.clone()), ("Measure".to_owned(), value.measure.clone())];
    dimensions.extend(value.dimensions.iter().map(|(name, part)| (capitalised(name), part.clone())));
    let unit = match value.unit {
        Some(Unit::Count) => DatumUnit::Count,
        Some(Unit::Seconds) => DatumUnit::Seconds,
        Some(Unit::Share | Unit::Ratio | Unit::Points) | None => DatumUnit::None,
    };
    Datum { name: VALUE.to_owned(), value: value.value, unit, at, dimensions }
}

/// As all names of dimensions are.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
