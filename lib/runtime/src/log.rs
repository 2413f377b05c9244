//! Logs as lines of JSON on standard output.
//!
//! Our own lines hold keys, names and counts. Of other crates' lines only warnings are kept, and of those only the fixed text:
//! their fields may hold what a message or a record says.

use std::fmt::{self, Debug};
use std::io::Write;
use std::sync::{PoisonError, RwLock};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::host::LogLevel;

const OUR_CRATES: &str = "leadlake";
/// Says a second time what the function's failure was.
const REPEATS_FAILURES: &str = "lambda_runtime::layers";
const MESSAGE: &str = "message";
/// The field that stands beside the message, because people search for it.
const OBJECT: &str = "object";

/// A process works on one call at a time, with as many threads as it likes.
static REQUEST: RwLock<Option<String>> = RwLock::new(None);

/// Of the lines that follow, in all threads.
pub(crate) fn set_request(id: Option<&str>) {
    *REQUEST.write().unwrap_or_else(PoisonError::into_inner) = id.map(str::to_owned);
}

/// Spans are not kept: what a line has to say, it says itself.
pub struct JsonLog {
    function: &'static str,
    level: LevelFilter,
    write: Box<dyn Fn(&str) + Send + Sync>,
}

impl JsonLog {
    pub fn new(
        function: &'static str,
        level: LogLevel,
        write: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self { function, level: level.0, write: Box::new(write) }
    }

    /// For the whole process. Panics are logged by their place, since their text may show what was being read.
    pub(crate) fn install(function: &'static str, level: LogLevel) {
        let log = Self::new(function, level, write_line);
        // Fails where there is one already, which then serves as well.
        let _ = tracing::subscriber::set_global_default(log);
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "a thread of the function has ended with a defect");
        }));
    }

    fn is_ours(&self, target: &str) -> bool {
        let krate = target.split("::").next().unwrap_or_default();
        krate == self.function || krate.starts_with(OUR_CRATES)
    }
}

/// One line on standard output. Nobody is left to be told when that is closed.
pub(crate) fn write_line(line: &str) {
    let _ = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
}

impl Subscriber for JsonLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        let level = if self.is_ours(target) { self.level } else { self.level.min(LevelFilter::WARN) };
        metadata.is_event() && *metadata.level() <= level && !target.starts_with(REPEATS_FAILURES)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut said = Said::default();
        event.record(&mut said);
        let mut line = Map::new();
        line.insert("timestamp".to_owned(), json!(format!("{:.3}", Timestamp::now())));
        line.insert("level".to_owned(), json!(level_name(*metadata.level())));
        line.insert("function".to_owned(), json!(self.function));
        if let Some(id) = REQUEST.read().unwrap_or_else(PoisonError::into_inner).as_deref() {
            line.insert("request_id".to_owned(), json!(id));
        }
        for name in [OBJECT, MESSAGE] {
            line.extend(said.fields.shift_remove_entry(name));
        }
        if !self.is_ours(metadata.target()) {
            said.fields = Map::from_iter([("target".to_owned(), json!(metadata.target()))]);
        }
        if !said.fields.is_empty() {
            line.insert("fields".to_owned(), Value::Object(said.fields));
        }
        (self.write)(&Value::Object(line).to_string());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

#[derive(Default)]
struct Said {
    fields: Map<String, Value>,
}

impl Said {
    fn set(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, json!(value));
    }
}

impl Debug for JsonLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JsonLog")
            .field("function", &self.function)
            .field("level", &self.level)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn logged(level: LogLevel, act: impl FnOnce()) -> Vec<Value> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let log = JsonLog::new("refine", level, move |line| kept.lock().unwrap().push(line.to_owned()));
        tracing::subscriber::with_default(log, act);
        let lines = lines.lock().unwrap();
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_says_which_call_and_which_object() {
        let mut lines = logged(LogLevel::INFO, || {
            set_request(Some("r-1"));
            tracing::info!(object = %"bronze/crm/a.json", records = 7_u64, well = true, "refined");
            tracing::debug!("not at this level");
            set_request(None);
        });
        let timestamp = lines[0]["timestamp"].take();
        assert!(timestamp.as_str().unwrap().parse::<Timestamp>().is_ok());
        insta::assert_snapshot!(lines[0], @r#"{"timestamp":null,"level":"info","function":"refine","request_id":"r-1","object":"bronze/crm/a.json","message":"refined","fields":{"records":7,"well":true}}"#);
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn what_other_crates_know_of_messages_stays_out() {
        const SENTINEL: &str = "asha@example.com";
        let lines = logged(LogLevel::DEBUG, || {
            tracing::warn!(target: "aws_smithy_runtime", body = SENTINEL, "the connection broke");
            tracing::info!(target: "hyper", "{SENTINEL}");
            tracing::error!(target: "lambda_runtime::layers::panic", "{SENTINEL}");
            let _span = tracing::error_span!(target: "hyper", "span", body = SENTINEL).entered();
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["message"], "the connection broke");
        assert_eq!(lines[0]["fields"], json!({"target": "aws_smithy_runtime"}));
    }
}
