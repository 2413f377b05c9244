//! One query at a time: begun, waited for, read.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use aws_sdk_athena::Client;
use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, ResultConfiguration, ResultSet,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use leadlake_gold::{EngineError, SqlEngine};

use super::error::AthenaError;
use super::pin::{Pin, with_pins};
use super::reason::without_values;
use super::rows::AnswerColumns;
use super::settings::AthenaSettings;
use super::usage::AthenaUsage;
use crate::connect::Aws;
use crate::refusal::{CallError, Refusal};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// What fails for want of room at the moment, as Athena says, is asked again.
const MOST_ASKED: u32 = 3;
/// Of Athena.
const ROWS_OF_A_PAGE: i32 = 1000;

/// The models' engine on AWS.
pub struct Athena {
    client: Client,
    /// Holds the runtime that answers are waited for on.
    aws: Aws,
    settings: AthenaSettings,
    pins: Vec<Pin>,
    usage: Mutex<AthenaUsage>,
}

impl Aws {
    pub fn athena(&self, settings: AthenaSettings) -> Athena {
        Athena {
            client: Client::new(self.config()),
            aws: self.clone(),
            settings,
            pins: Vec::new(),
            usage: Mutex::default(),
        }
    }
}

impl SqlEngine for Athena {
    fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
        self.ask(sql).map_err(EngineError::new)
    }
}

impl Athena {
    /// From now on, queries that name one of these tables are about that version of it.
    pub fn pinned(self, pins: Vec<Pin>) -> Self {
        Self { pins, ..self }
    }

    /// What all queries together took.
    pub fn usage(&self) -> AthenaUsage {
        *self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of a query, a batch for each page; without rows, a batch that has none.
    pub fn ask(&self, sql: &str) -> Result<Vec<RecordBatch>, AthenaError> {
        let sql = with_pins(sql, &self.pins)?;
        let (begun, mut asked) = (Instant::now(), 1);
        loop {
            let query = self.begin(&sql)?;
            match self.wait_until_done(&query, begun) {
                Ok(()) => return self.read(&query, begun),
                Err(AthenaError::Failed { may_pass: true, .. }) if asked < MOST_ASKED => asked += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn begin(&self, sql: &str) -> Result<String, AthenaError> {
        let settings = &self.settings;
        let database = QueryExecutionContext::builder().database(settings.database.as_str()).build();
        let output = settings.output.as_ref();
        let output =
            output.map(|output| ResultConfiguration::builder().output_location(output.to_string()).build());
        // The client makes a token of its own and keeps it while it tries again, so that no query is begun twice.
        let begin = self
            .client
            .start_query_execution()
            .query_string(sql)
            .query_execution_context(database)
            .set_result_configuration(output)
            .work_group(settings.workgroup.to_string());
        let begun = self.call("begin a query", begin.send())?;
        begun.query_execution_id.ok_or(AthenaError::NoQueryId)
    }

    fn wait_until_done(&self, query: &str, begun: Instant) -> Result<(), AthenaError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let execution = match self.look(query) {
                Ok(execution) => execution,
                Err(error) => {
                    // Nobody will read its answer. What went wrong first is what is told.
                    drop(self.stop(query));
                    return Err(error);
                }
            };
            if self.is_done(query, &execution)? {
                return Ok(());
            }
            let left = self.left(begun);
            if left.is_zero() {
                return Err(self.give_up(query));
            }
            thread::sleep(pause.min(left));
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    fn left(&self, begun: Instant) -> Duration {
        self.settings.timeout.saturating_sub(begun.elapsed())
    }

    fn is_done(&self, query: &str, execution: &QueryExecution) -> Result<bool, AthenaError> {
        let status = execution.status();
        let reason = || without_values(status.and_then(|status| status.state_change_reason()));
        let query = || query.to_owned();
        match status.and_then(|status| status.state()) {
            Some(QueryExecutionState::Succeeded) => {
                self.count(execution, true);
                Ok(true)
            }
            Some(QueryExecutionState::Failed) => {
                self.count(execution, false);
                let error = status.and_then(|status| status.athena_error());
                let may_pass = error.is_some_and(|error| error.retryable);
                Err(AthenaError::Failed { query: query(), reason: reason(), may_pass })
            }
            Some(QueryExecutionState::Cancelled) => {
                self.count(execution, true);
                Err(AthenaError::Cancelled { query: query(), reason: reason() })
            }
            _ => Ok(false),
        }
    }

    fn give_up(&self, query: &str) -> AthenaError {
        let (timeout, query) = (self.settings.timeout, query.to_owned());
        if let Err(refusal) = self.stop(&query) {
            return AthenaError::StillRuns { query, timeout, refusal };
        }
        // What it scanned until then is charged.
        if let Ok(execution) = self.look(&query) {
            self.count(&execution, true);
        }
        AthenaError::TimedOut { query, timeout }
    }

    fn look(&self, query: &str) -> Result<QueryExecution, AthenaError> {
        let look = self.client.get_query_execution().query_execution_id(query);
        let looked = self.call("say how a query is doing", look.send())?;
        Ok(looked.query_execution.unwrap_or_else(|| QueryExecution::builder().build()))
    }

    fn stop(&self, query: &str) -> Result<(), Refusal> {
        let stop = self.client.stop_query_execution().query_execution_id(query).send();
        self.aws.bridge().wait(stop)?.map(drop).map_err(|error| Refusal::of(&error))
    }

    fn read(&self, query: &str, begun: Instant) -> Result<Vec<RecordBatch>, AthenaError> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut next = None;
        loop {
            let page = self.client.get_query_results().query_execution_id(query).max_results(ROWS_OF_A_PAGE);
            let Some(page) = self.page_within(self.left(begun), page.set_next_token(next).send())? else {
                let rows = batches.iter().map(RecordBatch::num_rows).sum();
                let (query, timeout) = (query.to_owned(), self.settings.timeout);
                return Err(AthenaError::RowsTimedOut { query, timeout, rows });
            };
            let is_first = batches.is_empty();
            batches.push(batch_of(query, page.result_set, is_first)?);
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(batches);
            }
        }
    }

    fn count(&self, execution: &QueryExecution, is_charged: bool) {
        let statistics = execution.statistics();
        tracing::info!(
            query = execution.query_execution_id().unwrap_or_default(),
            scanned_bytes = statistics.and_then(|known| known.data_scanned_in_bytes()),
            execution_millis = statistics.and_then(|known| known.engine_execution_time_in_millis()),
            "asked Athena"
        );
        self.usage.lock().unwrap_or_else(PoisonError::into_inner).add(execution.statistics(), is_charged);
    }

    /// A page of rows; none where it does not arrive in time.
    fn page_within<E>(
        &self,
        limit: Duration,
        page: impl Future<Output = Result<GetQueryResultsOutput, CallError<E>>> + Send + 'static,
    ) -> Result<Option<GetQueryResultsOutput>, AthenaError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + 'static,
    {
        if limit.is_zero() {
            return Ok(None);
        }
        let in_time = async move {
            match tokio::time::timeout(limit, page).await {
                Ok(answer) => answer.map(Some),
                Err(_) => Ok(None),
            }
        };
        self.call("hand out rows", in_time)
    }

    fn call<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, CallError<E>>> + Send + 'static,
    ) -> Result<T, AthenaError>
    where
        T: Send + 'static,
        E: ProvideErrorMetadata + std::error::Error + Send + 'static,
    {
        let refused =
            |refusal| AthenaError::Service { operation, workgroup: self.settings.workgroup.clone(), refusal };
        let answer = self.aws.bridge().wait(call).map_err(|stopped| refused(stopped.into()))?;
        answer.map_err(|error| refused(Refusal::of(&error)))
    }
}

fn batch_of(query: &str, page: Option<ResultSet>, is_first: bool) -> Result<RecordBatch, AthenaError> {
    let shape = || AthenaError::Shape { query: query.to_owned() };
    let page = page.ok_or_else(shape)?;
    let metadata = page.result_set_metadata().ok_or_else(shape)?;
    let columns = AnswerColumns::of(query, metadata.column_info())?;
    let rows = match page.rows() {
        [header, rows @ ..] if is_first && columns.is_header(header) => rows,
        _ if is_first => return Err(shape()),
        rows => rows,
    };
    columns.batch(rows)
}
