//! The whole lake: counts, order, hostile objects, privacy, the program and its memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod as_of;
mod bronze_rules;
mod cli;
mod damage;
mod demo;
mod documented;
mod incremental;
mod kpi_cuts;
mod kpis;
mod lead_command;
mod ledger;
mod memory;
mod order;
mod people;
mod privacy;
mod replayed;
mod retention;
mod rooms;
mod score_damage;
mod score_order;
mod score_privacy;
mod score_race;
mod split;
mod truth;
mod versions;

use leadlake_tests::{samples, scored, tables};
