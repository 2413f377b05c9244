//! A service that speaks JSON, played by a test: no request leaves the process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_glue::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::connect::Aws;

/// What is asked: the operation, and its input.
pub(crate) struct Call {
    pub operation: String,
    pub input: Value,
}

pub(crate) enum Answer {
    Done(Value),
    Refused {
        code: &'static str,
        message: String,
    },
    /// It was done, and the answer does not arrive.
    Lost,
    /// Nothing is heard of it again.
    Silence,
}

impl Answer {
    pub(crate) fn refused(code: &'static str) -> Self {
        Self::Refused { code, message: format!("{code} it is") }
    }
}

struct Service<F>(F);

/// Clients whose every call is answered by `service`. What is lost is tried again at once.
pub(crate) fn aws(service: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Aws {
    let connector = SharedHttpConnector::new(Service(service));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .endpoint_url("http://service.test")
        .retry_config(
            RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_micros(1)),
        )
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    Aws::of(config, Arc::new(runtime))
}

impl<F> fmt::Debug for Service<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Service")
    }
}

impl<F: Fn(&Call) -> Answer + Send + Sync> HttpConnector for Service<F> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let input = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let (status, body) = match (self.0)(&Call { operation, input }) {
            Answer::Done(body) => (200, body),
            Answer::Refused { code, message } => (400, json!({"__type": code, "message": message})),
            Answer::Silence => return HttpConnectorFuture::new(std::future::pending()),
            Answer::Lost => return HttpConnectorFuture::ready(Err(ConnectorError::io("reset".into()))),
        };
        let mut response =
            HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body.to_string()));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.1");
        HttpConnectorFuture::ready(Ok(response))
    }
}
