//! `silver_lead_history`: what was known of a person at the end of each day on which something arrived.

use std::sync::LazyLock;

use leadlake_lead::event::Day;
use leadlake_lead::history::Version;

use super::profile::{PROFILE_COLUMNS, push_profile};
use crate::rows::{Column, Holds, Rows, optional, required};

const FIRST: [Column; 4] = [
    required("lead_id", Holds::Text, "Who it is, by what is known today"),
    required("valid_from", Holds::Day, "From the end of this day on"),
    optional("valid_to", Holds::Day, "Until before the end of this day; empty for what is known today"),
    required("is_current", Holds::Flag, "Whether it is what is known today"),
];

static COLUMNS: LazyLock<Vec<Column>> =
    LazyLock::new(|| FIRST.iter().chain(&PROFILE_COLUMNS).copied().collect());

pub fn columns() -> &'static [Column] {
    &COLUMNS
}

pub fn push(rows: &mut Rows, lead_id: &str, version: &Version<'_, '_>) {
    let valid_to: Option<Day> = version.valid_to;
    rows.text(Some(lead_id)).day(Some(version.valid_from)).day(valid_to).flag(Some(valid_to.is_none()));
    push_profile(rows, version.profile);
    rows.end_row();
}
