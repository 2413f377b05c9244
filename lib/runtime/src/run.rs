//! A function's life: start once, then one call after the other.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde_json::Value;

use crate::environment::Environment;
use crate::error::FunctionError;
use crate::host::{Host, LogLevel};
use crate::init_error;
use crate::invocation::Invocation;
use crate::log::{JsonLog, set_request, write_line};
use crate::metrics::Unit;

/// They wait for the network. Work has threads of its own.
const NETWORK_THREADS: usize = 2;
/// Lambda's own bound.
const LONGEST_CALL_MILLISECONDS: u64 = 900_000;

pub trait Function: Sized + Send + Sync + 'static {
    /// The name of the binary too: its log lines are told from those of other crates by it.
    const NAME: &'static str;
    type Settings: Send;
    type Answer: Serialize + Send + 'static;

    /// Reads all that it needs, and gives `None` only where a variable is missing or wrong.
    fn settings(environment: &mut Environment) -> Option<Self::Settings>;

    fn start(
        settings: Self::Settings,
        host: &Host,
    ) -> impl Future<Output = Result<Self, FunctionError>> + Send;

    /// Called on a thread that may block.
    fn handle(&self, event: Value, invocation: &Invocation) -> Result<Self::Answer, FunctionError>;
}

/// Serves calls until Lambda ends the process.
pub fn run<F: Function>() -> ExitCode {
    let begun = Instant::now();
    let mut environment = Environment::of_process();
    let host = Host::read(&mut environment);
    let settings = F::settings(&mut environment);
    JsonLog::install(F::NAME, host.as_ref().map_or(LogLevel::INFO, |host| host.log));

    let ended = match (environment.checked(), host, settings) {
        (Ok(()), Some(host), Some(settings)) => serve::<F>(host, settings, begun),
        (Err(error), ..) => Err(error.into()),
        (Ok(()), ..) => {
            Err(FunctionError::new("SettingsError", "the settings are not complete; this is a defect"))
        }
    };
    let Err(error) = ended else { return ExitCode::SUCCESS };
    tracing::error!(error = error.kind(), "{}", error.message());
    if let Some(runtime_api) = Environment::of_process().optional::<String>("AWS_LAMBDA_RUNTIME_API", "")
        && let Err(failure) = init_error::tell(&runtime_api, &error)
    {
        tracing::warn!(%failure, "Lambda could not be told why the function cannot start");
    }
    ExitCode::FAILURE
}

fn serve<F: Function>(host: Host, settings: F::Settings, begun: Instant) -> Result<(), FunctionError> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(NETWORK_THREADS).enable_all().build()?;
    runtime.block_on(async {
        let function = Arc::new(F::start(settings, &host).await?);
        let ready_after = begun.elapsed();
        let is_cold = AtomicBool::new(true);
        let host = Arc::new(host);
        tracing::info!(milliseconds = ready_after.as_millis() as u64, "ready");
        let service = service_fn(|LambdaEvent { payload, context }: LambdaEvent<Value>| {
            let invocation = invocation_of(&context, is_cold.swap(false, Ordering::Relaxed));
            call(Arc::clone(&function), Arc::clone(&host), payload, invocation, ready_after)
        });
        let ended = Runtime::new(service).run().await;
        ended.map_err(|error| FunctionError::new("RuntimeError", error.to_string()))
    })
}

fn invocation_of(context: &Context, cold_start: bool) -> Invocation {
    let now = Timestamp::now().as_millisecond().unsigned_abs();
    Invocation::new(context.request_id.clone(), time_left(context.deadline, now), cold_start)
}

/// `cargo lambda watch` tells how long a call may take, where Lambda tells until when.
fn time_left(deadline: u64, now: u64) -> Duration {
    if deadline <= LONGEST_CALL_MILLISECONDS {
        return Duration::from_millis(deadline);
    }
    Duration::from_millis(deadline.saturating_sub(now))
}

async fn call<F: Function>(
    function: Arc<F>,
    host: Arc<Host>,
    event: Value,
    invocation: Invocation,
    ready_after: Duration,
) -> Result<F::Answer, FunctionError> {
    let handled = tokio::task::spawn_blocking(move || {
        set_request(Some(&invocation.request_id));
        let watch = Watch { invocation, host };
        watch.begin(ready_after);
        function.handle(event, &watch.invocation)
    });
    let answer = handled.await.unwrap_or_else(|_| {
        let what = "the function has a defect; its log names the place";
        Err(FunctionError::new("Defect", what))
    });
    if let Err(error) = &answer {
        tracing::error!(error = error.kind(), "{}", error.message());
    }
    set_request(None);
    answer
}

/// Writes the metrics when the call is over, also when it ends with a defect.
struct Watch {
    invocation: Invocation,
    host: Arc<Host>,
}

impl Watch {
    fn begin(&self, ready_after: Duration) {
        if self.invocation.cold_start {
            self.invocation.metrics.count("ColdStarts", 1);
            let milliseconds = ready_after.as_secs_f64() * 1e3;
            self.invocation.metrics.record("StartDuration", Unit::Milliseconds, milliseconds);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Self { invocation, host } = self;
        let (namespace, function) = (&host.metrics_namespace, &host.name);
        let lines = invocation.metrics.lines(namespace, function, &invocation.request_id, Timestamp::now());
        lines.iter().for_each(|line| write_line(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    const NOW: u64 = 1_736_499_600_000;

    #[test_case(NOW + 30_000, 30_000)]
    #[test_case(NOW - 1, 0)]
    #[test_case(600_000, 600_000; "a duration, from a server on the own machine")]
    fn the_deadline_says_how_much_time_is_left(deadline: u64, milliseconds: u64) {
        assert_eq!(time_left(deadline, NOW), Duration::from_millis(milliseconds));
    }
}
