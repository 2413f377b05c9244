//! What all clients share: credentials, region, endpoint, one HTTP client.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use thiserror::Error;
use tokio::runtime::{Handle, Runtime};

use crate::bridge::Bridge;

/// With jitter between them. Answers such as "already there" are never tried again.
const MOST_ATTEMPTS: u32 = 5;
pub(crate) const LONGEST_CONNECT: Duration = Duration::from_secs(3);
/// Until the first byte of an answer.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
const LONGEST_ATTEMPT: Duration = Duration::from_secs(60);

#[derive(Debug, Error)]
pub enum ConnectError {
    #[error("no AWS region is set; set AWS_REGION, or a region in the profile that AWS_PROFILE names")]
    NoRegion,
    #[error("cannot start what talks to AWS: {0}; check the limits on threads and files")]
    Runtime(#[from] std::io::Error),
}

#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
    bridge: Bridge,
    /// Where there was none to use. It ends with the last client.
    _own_runtime: Option<Arc<Runtime>>,
}

impl Aws {
    /// For programs that have a runtime: the clients use that of the caller.
    pub async fn connect() -> Result<Self, ConnectError> {
        let config = load().await?;
        Ok(Self { config, bridge: Bridge::new(Handle::current()), _own_runtime: None })
    }

    /// For programs that have none.
    pub fn connect_blocking() -> Result<Self, ConnectError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let config = runtime.block_on(load())?;
        let bridge = Bridge::new(runtime.handle().clone());
        Ok(Self { config, bridge, _own_runtime: Some(Arc::new(runtime)) })
    }

    /// Clients of a service that a test plays.
    #[cfg(test)]
    pub(crate) fn of(config: SdkConfig, runtime: Arc<Runtime>) -> Self {
        Self { config, bridge: Bridge::new(runtime.handle().clone()), _own_runtime: Some(runtime) }
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub(crate) fn bridge(&self) -> Bridge {
        self.bridge.clone()
    }
}

async fn load() -> Result<SdkConfig, ConnectError> {
    let http =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(LONGEST_CONNECT)
        .read_timeout(LONGEST_SILENCE)
        .operation_attempt_timeout(LONGEST_ATTEMPT)
        .build();
    let config = ConfigLoader::default()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(MOST_ATTEMPTS))
        .timeout_config(timeouts)
        .load()
        .await;
    match config.region() {
        Some(_) => Ok(config),
        None => Err(ConnectError::NoRegion),
    }
}
