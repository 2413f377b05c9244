//! What a monitor is told of the KPIs: the values that are looked at, of the newest day that is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use leadlake_lake::Lake;
use leadlake_lake::tables::{TableLog, TableName};
use serde::Serialize;

use crate::cuts::{Cut, CutKey, History};
use crate::day;
use crate::error::GoldError;
use crate::model::{Model, Models};
use crate::previous::history_of;
use crate::settings::{KpiSetting, KpiSettings, State, Unit};
use crate::state::Part;

/// As `gold_kpi` has them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewestKpis {
    pub as_of: Timestamp,
    /// But for those that tell how things stand, and have told nothing yet.
    pub kpis: Vec<NewestKpi>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewestKpi {
    pub name: String,
    pub day: Date,
    /// The worst of what its checks say.
    pub state: State,
    /// None where nothing is known of the day.
    pub values: Vec<NewestValue>,
}

/// The headline, or what a check looks at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewestValue {
    pub measure: String,
    pub dimensions: BTreeMap<String, String>,
    pub value: f64,
    /// Of the headline; nobody says what other measures count.
    pub unit: Option<Unit>,
}

/// Of the version of `gold_kpi` that readers use; nothing where there is none.
pub fn newest_kpis(
    lake: &Lake,
    models: &Models,
    settings: &KpiSettings,
) -> Result<Option<NewestKpis>, GoldError> {
    let log = TableLog::new(Arc::clone(&lake.store), TableName::KPI);
    let Some(version) = log.current()? else { return Ok(None) };
    let history = history_of(lake.store.as_ref(), &version)?;
    let as_of = version.content.as_of;
    let newest = |model: &Model| newest_of(&history, model, settings.of(&model.name)?, as_of);
    Ok(Some(NewestKpis { as_of, kpis: models.kpis.iter().filter_map(newest).collect() }))
}

fn newest_of(history: &History, model: &Model, setting: &KpiSetting, as_of: Timestamp) -> Option<NewestKpi> {
    let known: Vec<(&CutKey, &Cut)> = history
        .iter()
        .filter(|(key, _)| key.kpi == model.name && is_looked_at(setting, key))
        .filter_map(|(key, cuts)| Some((key, cuts.last()?)))
        .collect();
    let day = match model.covers_days() {
        true => day::last_over(as_of),
        false => {
            known.iter().filter(|(_, cut)| cut.measured.value.is_some()).map(|(key, _)| key.date).max()?
        }
    };
    let of_the_day = || known.iter().filter(|(key, _)| key.date == day);
    let value = |(key, cut): &(&CutKey, &Cut)| {
        let is_headline = key.measure == setting.headline.measure;
        Some(NewestValue {
            measure: key.measure.clone(),
            dimensions: key.dimensions.clone(),
            value: cut.measured.value?,
            unit: is_headline.then_some(setting.headline.unit),
        })
    };
    let values: Vec<NewestValue> = of_the_day().filter_map(value).collect();
    let state = of_the_day().filter_map(|(_, cut)| State::named(cut.state.as_deref()?)).max();
    let unchecked = if values.is_empty() { State::NoData } else { State::Ok };
    Some(NewestKpi { name: model.name.clone(), day, state: state.unwrap_or(unchecked), values })
}

fn is_looked_at(setting: &KpiSetting, key: &CutKey) -> bool {
    let is_headline = key.measure == setting.headline.measure && key.dimensions.is_empty();
    let mut checks = setting.checks.iter().filter(|check| check.measure == key.measure);
    is_headline || checks.any(|check| Part::of(check, &key.dimensions).is_some())
}
