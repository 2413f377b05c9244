//! The KPIs for people to read.

use std::io::{self, Write};

use leadlake_gold::{KpiFigure, KpiFigures, State};
use leadlake_report::words::{breakdown_value, value as in_words};

use super::spark::spark;
use crate::output::Report;

/// A line of the trend is no longer than a month.
const MOST_DAYS: usize = 31;
const MOST_PARTS: usize = 5;

impl Report for KpiFigures {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "KPIs of {} to {}, as of {}\n", self.from, self.to, self.as_of)?;
        writeln!(
            out,
            "    {:<26} {:>12} {:>12}  {:<8} trend by day",
            "", "whole range", "last day", "state"
        )?;
        for kpi in &self.kpis {
            write_kpi(kpi, out)?;
        }
        Ok(())
    }
}

fn write_kpi(kpi: &KpiFigure, out: &mut dyn Write) -> io::Result<()> {
    let headline = &kpi.headline;
    let unit = headline.unit;
    let days: Vec<Option<f64>> =
        kpi.trend.iter().skip(kpi.trend.len().saturating_sub(MOST_DAYS)).map(|day| day.value).collect();
    let line = format!(
        "{:>3} {:<26} {:>12} {:>12}  {:<8} {}",
        kpi.number,
        kpi.title,
        in_words(headline.value, unit),
        in_words(headline.latest.and_then(|latest| latest.value), unit),
        state_word(kpi.state),
        spark(&days)
    );
    writeln!(out, "{}", line.trim_end())?;
    writeln!(out, "    {}", said(kpi))?;
    if matches!(kpi.state, State::Watch | State::Alarm) {
        for reason in &kpi.because {
            writeln!(out, "    {reason}")?;
        }
    }
    Ok(())
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Watch => "watch",
        State::Alarm => "ALARM",
        State::NoData => "no data",
    }
}

/// Which number it is, and its largest parts.
fn said(kpi: &KpiFigure) -> String {
    let parts = kpi.breakdown.iter().take(MOST_PARTS);
    let parts: Vec<String> =
        parts.map(|part| format!("{} {}", part.name, breakdown_value(kpi, part))).collect();
    let more = match kpi.breakdown.len().saturating_sub(MOST_PARTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let measure = kpi.headline.measure.replace('_', " ");
    if parts.is_empty() { measure } else { format!("{measure}: {}{more}", parts.join(", ")) }
}
