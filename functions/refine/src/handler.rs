//! One call: from a queue, from S3 or EventBridge directly, or from somebody who asks for a backfill.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use leadlake_aws::queue::{Backfilled, Deliveries, Outbox, QueueUrl, backfill};
use leadlake_aws::s3::S3Store;
use leadlake_aws::{Aws, LakeAddress};
use leadlake_contract::{Contract, SourceName, load_folder, shipped};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::Store;
use leadlake_lake::{Lake, contract_of};
use leadlake_runtime::{BatchResponse, Environment, Function, FunctionError, Host, Invocation};
use serde::Serialize;
use serde_json::Value;

use crate::asked::BackfillRequest;
use crate::batch::{Aside, Message, Report, messages_of, work_directly, work_on_messages};
use crate::parse::parse;
use crate::refinery::{Limits, Refinery};
use crate::stoppable::{Stop, StoppableStore};
use crate::worker::{Ending, Surroundings, Versions};

/// As often as the queue's own redrive policy should allow, or less.
const USUAL_RECEIVES: u32 = 5;

pub struct Refine {
    pub(crate) refinery: Refinery,
    pub(crate) aside: Aside,
    /// Where a backfill fans out to: the queue that feeds the function.
    pub(crate) queue: Option<Box<dyn Outbox>>,
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
        let contracts = match &settings.contracts {
            Some(folder) => load_folder(folder)?,
            None => shipped()?,
        };
        check_source("LEADLAKE_SOURCE", settings.only.as_ref(), &contracts)?;
        let aws = Aws::connect().await?;
        let around = Surroundings {
            lake: aws.lake(&settings.lake),
            versions: Box::new(aws.store(&settings.lake)),
            contracts: Vec::leak(contracts),
            only: settings.only,
            clock: Timestamp::now,
        };
        let outbox = |url| -> Box<dyn Outbox> { Box::new(aws.queue(url)) };
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
            return Ok(Answer::Batch(self.work_on(&messages?, invocation)));
        }
        if let Ok(asked) = parse(&event)
            && let Some(request) = asked.backfill
        {
            return self.backfill(request, invocation).map(Answer::Backfill);
        }
        let id = &invocation.request_id;
        let limits = limits_of(invocation);
        work_directly(&self.refinery, &self.aside, &event, id, limits, &invocation.metrics)
            .map(Answer::Direct)
    }
}

/// Work for a source that has no contract would all be put aside.
fn check_source(
    what: &str,
    source: Option<&SourceName>,
    contracts: &[Contract],
) -> Result<(), FunctionError> {
    match source {
        Some(source) if contract_of(contracts, source).is_none() => {
            let message =
                format!("{what} is {source}, which has no contract; add {source}.odcs.yaml, or correct it");
            Err(FunctionError::new("NoContract", message))
        }
        _ => Ok(()),
    }
}

fn limits_of(invocation: &Invocation) -> Limits {
    Limits { stop_at: invocation.stop_at(), answer_by: invocation.answer_by() }
}

impl Refine {
    fn work_on(&self, messages: &[Message], invocation: &Invocation) -> BatchResponse {
        let metrics = &invocation.metrics;
        metrics.count("Messages", messages.len() as u64);
        let limits = limits_of(invocation);
        work_on_messages(&self.refinery, &self.aside, messages, limits, metrics, &|request| match self
            .backfill(request, invocation)
        {
            Ok(backfilled) if backfilled.is_complete() => Ok(()),
            Ok(backfilled) if backfilled.not_reached > 0 => Err(Ending::Unfinished),
            Err(_) if Instant::now() >= limits.stop_at => Err(Ending::Unfinished),
            Ok(_) => Err(Ending::Failed("not all objects of the backfill could be asked for".to_owned())),
            Err(error) => Err(Ending::Failed(error.message().to_owned())),
        })
    }

    fn backfill(
        &self,
        request: BackfillRequest,
        invocation: &Invocation,
    ) -> Result<Backfilled, FunctionError> {
        let queue = self.queue.as_ref().ok_or_else(|| {
            let message = "a backfill needs LEADLAKE_QUEUE_URL, the queue that this function is fed by";
            FunctionError::new("NoQueue", message)
        })?;
        let around = self.refinery.around();
        let mut selection = request.selection();
        match (&around.only, &selection.source) {
            (Some(only), Some(source)) if only != source => {
                let message = format!("this function works for {only} only, and not for {source}");
                return Err(FunctionError::new("Elsewhere", message));
            }
            (Some(only), None) => selection.source = Some(only.clone()),
            _ => {}
        }
        check_source("the backfill's source", selection.source.as_ref(), around.contracts)?;
        let stop = Stop { at: invocation.stop_at() };
        let store = StoppableStore { below: Arc::clone(&around.lake.store), stop };
        let lake = Lake { store: Arc::new(store), bucket: around.lake.bucket.clone() };
        let may_go_on = || !stop.is_over();
        let backfilled = backfill(&lake, around.contracts, &selection, queue.as_ref(), &may_go_on)?;
        invocation.metrics.count("BackfillObjects", backfilled.sent);
        tracing::info!(
            found = backfilled.found,
            sent = backfilled.sent,
            already_done = backfilled.already_done,
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
