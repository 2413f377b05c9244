//! One call: from a queue, from S3 or EventBridge directly, or from somebody who asks for a backfill.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use leadlake_aws::queue::{Backfilled, Deliveries, Outbox, QueueUrl};
use leadlake_aws::s3::S3Store;
use leadlake_aws::{Aws, LakeAddress};
use leadlake_contract::{Contract, SourceName, shipped_unless};
use leadlake_lake::contract_of;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::Store;
use leadlake_runtime::{BatchResponse, Environment, Function, FunctionError, Host, Invocation, Metrics};
use serde::Serialize;
use serde_json::Value;

use crate::asked::BackfillRequest;
use crate::backfill::{BackfillError, Backfiller, Onwards};
use crate::batch::{Aside, Message, Report, messages_of, work_directly, work_on_messages};
use crate::parse::parse;
use crate::refinery::{Limits, Refinery};
use crate::worker::{Surroundings, Versions};

/// As often as the queue's own redrive policy should allow, or less.
const USUAL_RECEIVES: u32 = 5;

pub struct Refine {
    pub(crate) refinery: Refinery,
    pub(crate) aside: Aside,
    /// Where a backfill fans out to: the queue that feeds the function.
    pub(crate) queue: Option<Arc<dyn Outbox>>,
}

pub struct Settings {
    lake: LakeAddress,
    contracts: Option<PathBuf>,
    only: Option<SourceName>,
    queue: Option<QueueUrl>,
    aside: Option<QueueUrl>,
    most_receives: u32,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Batch(BatchResponse),
    Backfill(Backfilled),
    Direct(Report),
}

impl Function for Refine {
    const NAME: &'static str = "refine";
    type Settings = Settings;
    type Answer = Answer;

    fn settings(environment: &mut Environment) -> Option<Settings> {
        let lake = environment.required("LEADLAKE_LAKE", "the lake, as s3://bucket");
        let contracts = environment.optional("LEADLAKE_CONTRACTS", "a folder of contracts");
        let only = environment.optional("LEADLAKE_SOURCE", "the only source to work for");
        let queue = environment.optional("LEADLAKE_QUEUE_URL", "the queue that feeds the function");
        let aside = environment.optional("LEADLAKE_DLQ_URL", "the queue for messages that can never work");
        let most_receives = environment.or(
            "LEADLAKE_MAX_RECEIVES",
            "how often a message may fail before it is put aside",
            USUAL_RECEIVES,
        );
        Some(Settings { lake: lake?, contracts, only, queue, aside, most_receives })
    }

    async fn start(settings: Settings, host: &Host) -> Result<Self, FunctionError> {
        let contracts = shipped_unless(settings.contracts.as_deref())?;
        check_source(settings.only.as_ref(), &contracts)?;
        check_queues(settings.queue.as_ref(), settings.aside.as_ref())?;
        let aws = Aws::connect().await?;
        let around = Surroundings {
            lake: aws.lake(&settings.lake),
            versions: Box::new(aws.store(&settings.lake)),
            contracts: Vec::leak(contracts),
            only: settings.only,
            clock: Timestamp::now,
        };
        let outbox = |url| -> Arc<dyn Outbox> { Arc::new(aws.queue(url)) };
        let deliveries =
            settings.queue.clone().map(|url| -> Arc<dyn Deliveries> { Arc::new(aws.queue(url)) });
        let outbox_aside = settings.aside.map(outbox);
        Ok(Self {
            refinery: Refinery::new(settings.lake, around, host.memory_mib),
            aside: Aside { outbox: outbox_aside, most_receives: settings.most_receives, deliveries },
            queue: settings.queue.map(outbox),
        })
    }

    fn handle(&self, event: Value, invocation: &Invocation) -> Result<Answer, FunctionError> {
        if let Some(messages) = messages_of(&event) {
            return Ok(Answer::Batch(self.work_on(&messages?, limits_of(invocation), &invocation.metrics)));
        }
        if let Ok(asked) = parse(&event)
            && let Some(request) = asked.backfill
        {
            let limits = limits_of(invocation);
            let backfilled = self.backfill(request, limits, Onwards::ByAnswer, &invocation.metrics);
            return backfilled.map(Answer::Backfill).map_err(|error| error.to_function_error());
        }
        let id = &invocation.request_id;
        let limits = limits_of(invocation);
        work_directly(&self.refinery, &self.aside, &event, id, limits, &invocation.metrics)
            .map(Answer::Direct)
    }
}

/// Work for a source that has no contract would all be put aside.
fn check_source(source: Option<&SourceName>, contracts: &[Contract]) -> Result<(), FunctionError> {
    match source {
        Some(source) if contract_of(contracts, source).is_none() => {
            let message = format!(
                "LEADLAKE_SOURCE is {source}, which has no contract; add {source}.odcs.yaml, or correct it"
            );
            Err(FunctionError::new("NoContract", message))
        }
        _ => Ok(()),
    }
}

/// What is put aside there would be delivered to this function, for ever.
pub(crate) fn check_queues(queue: Option<&QueueUrl>, aside: Option<&QueueUrl>) -> Result<(), FunctionError> {
    match (queue, aside) {
        (Some(queue), Some(aside)) if aside.is_same_queue(queue) => {
            let message = format!(
                "LEADLAKE_DLQ_URL names the queue of LEADLAKE_QUEUE_URL, {queue}; \
                 name another one, or leave LEADLAKE_DLQ_URL out"
            );
            Err(FunctionError::new("SameQueue", message))
        }
        _ => Ok(()),
    }
}

fn limits_of(invocation: &Invocation) -> Limits {
    Limits { stop_at: invocation.stop_at(), answer_by: invocation.answer_by() }
}

impl Refine {
    pub(crate) fn work_on(&self, messages: &[Message], limits: Limits, metrics: &Metrics) -> BatchResponse {
        metrics.count("Messages", messages.len() as u64);
        work_on_messages(&self.refinery, &self.aside, messages, limits, metrics, &|request| {
            let backfilled = self.backfill(request, limits, Onwards::ByMessage, metrics);
            backfilled.map(drop).map_err(|error| error.ending())
        })
    }

    pub(crate) fn backfill(
        &self,
        request: BackfillRequest,
        limits: Limits,
        onwards: Onwards,
        metrics: &Metrics,
    ) -> Result<Backfilled, BackfillError> {
        let backfiller = Backfiller { around: self.refinery.around(), queue: self.queue.as_ref() };
        let backfilled = backfiller.run(request, limits, onwards)?;
        metrics.count("BackfillObjects", backfilled.sent);
        tracing::info!(
            found = backfilled.found,
            sent = backfilled.sent,
            already_done = backfilled.already_done,
            not_reached = backfilled.not_reached,
            "backfill"
        );
        Ok(backfilled)
    }
}

impl Versions for S3Store {
    fn at_version(&self, key: &ObjectKey, version: &str) -> Arc<dyn Store> {
        Arc::new(Self::at_version(self, key.clone(), version))
    }
}
