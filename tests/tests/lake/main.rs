//! The whole lake: counts, order, death at any point, hostile objects, privacy, the program and its memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod as_of;
mod bronze_rules;
mod cli;
mod damage;
mod demo;
mod documented;
mod hostile;
mod incremental;
mod kill;
mod kpi_cuts;
mod kpis;
mod lead_command;
mod ledger;
mod memory;
mod order;
mod people;
mod privacy;
mod process_kill;
mod retention;
mod rooms;
mod samples;
mod score_damage;
mod score_kill;
mod score_order;
mod score_privacy;
mod scored;
mod split;
mod tables;
mod truth;
mod versions;
