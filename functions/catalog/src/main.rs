//! Lambda: what the lake holds becomes visible in Glue, and Athena adds up gold.

mod cataloguing;
mod handler;
mod measures;
mod monitor;
mod request;
mod services;
#[cfg(test)]
mod tests;
mod vacuuming;

use std::process::ExitCode;

fn main() -> ExitCode {
    leadlake_runtime::run::<handler::CatalogFunction>()
}
