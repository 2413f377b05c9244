//! What all Lambdas share: configuration from the environment, JSON logs, metrics, the deadline, partial batch responses.
//!
//! A function implements [`Function`], and its `main` calls [`run`].

mod batch;
mod environment;
mod error;
mod host;
mod init_error;
mod invocation;
mod log;
mod metrics;
mod run;

pub use batch::BatchResponse;
pub use environment::{Environment, EnvironmentError};
pub use error::FunctionError;
pub use host::{Host, LogLevel};
pub use invocation::Invocation;
pub use log::JsonLog;
pub use metrics::{Labelled, Metrics, Unit};
pub use run::{Function, run};
