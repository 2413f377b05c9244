//! What Lambda and the operator say to every function.

use std::str::FromStr;

use thiserror::Error;
use tracing::level_filters::LevelFilter;

use crate::environment::Environment;

const USUAL_NAMESPACE: &str = "Leadlake";
const BY_LAMBDA: &str = "Lambda sets it; elsewhere start the function with cargo lambda watch";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// As it is deployed: one binary may be several functions.
    pub name: String,
    /// Of the whole function, in MiB.
    pub memory_mib: u64,
    pub log: LogLevel,
    pub metrics_namespace: String,
    pub(crate) runtime_api: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLevel(pub(crate) LevelFilter);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no level of logs; use error, warn, info or debug")]
pub struct LogLevelError {
    text: String,
}

impl Host {
    /// `None` only where [`Environment::checked`] fails.
    pub(crate) fn read(environment: &mut Environment) -> Option<Self> {
        let log = environment.or("LEADLAKE_LOG", "how much is logged", LogLevel::INFO);
        let metrics_namespace =
            environment.optional("LEADLAKE_METRICS_NAMESPACE", "the namespace of metrics in CloudWatch");
        // The client of Lambda's interface ends the process without a word where one of these is missing.
        let runtime_api = environment.required("AWS_LAMBDA_RUNTIME_API", BY_LAMBDA);
        let name = environment.required::<String>("AWS_LAMBDA_FUNCTION_NAME", BY_LAMBDA);
        let version = environment.required::<String>("AWS_LAMBDA_FUNCTION_VERSION", BY_LAMBDA);
        let memory_mib = environment.required::<u32>("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", BY_LAMBDA);
        version?;
        Some(Self {
            name: name?,
            memory_mib: u64::from(memory_mib?),
            log,
            metrics_namespace: metrics_namespace.unwrap_or_else(|| USUAL_NAMESPACE.to_owned()),
            runtime_api: runtime_api?,
        })
    }
}

impl LogLevel {
    pub const INFO: Self = Self(LevelFilter::INFO);
    pub const DEBUG: Self = Self(LevelFilter::DEBUG);
}

impl FromStr for LogLevel {
    type Err = LogLevelError;

    /// There is no `trace`: at that level the clients of AWS would log what they send.
    fn from_str(text: &str) -> Result<Self, LogLevelError> {
        match text.to_ascii_lowercase().as_str() {
            "error" => Ok(Self(LevelFilter::ERROR)),
            "warn" => Ok(Self(LevelFilter::WARN)),
            "info" => Ok(Self::INFO),
            "debug" => Ok(Self::DEBUG),
            _ => Err(LogLevelError { text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_of_lambda_one_message_says_what_to_do() {
        let mut nothing = Environment::new(|name| (name == "LEADLAKE_LOG").then(|| "trace".to_owned()));
        assert_eq!(Host::read(&mut nothing), None);
        let message = nothing.checked().unwrap_err().to_string();
        for name in ["LEADLAKE_LOG", "RUNTIME_API", "FUNCTION_NAME", "FUNCTION_VERSION", "MEMORY_SIZE"] {
            assert!(message.contains(name), "{name}: {message}");
        }
        assert!(message.contains("cargo lambda watch"));
    }

    #[test]
    fn lambda_says_enough() {
        let mut lambda = Environment::new(|name| name.starts_with("AWS_LAMBDA_").then(|| "512".to_owned()));
        let host = Host::read(&mut lambda).unwrap();
        assert_eq!((host.memory_mib, host.metrics_namespace.as_str()), (512, "Leadlake"));
        assert_eq!((host.log, lambda.checked()), (LogLevel::INFO, Ok(())));
    }
}
