//! What is asked of AWS, so that tests need none.

use std::time::Duration;

use jiff::Timestamp;
use leadlake_aws::Aws;
use leadlake_aws::athena::{Athena, AthenaSettings, AthenaUsage, Pin};
use leadlake_aws::cloudwatch::{CloudWatch, CloudWatchError, DataPut, Datum};
use leadlake_aws::glue::{GlueCatalog, GlueError, SyncReport};
use leadlake_contract::Contract;
use leadlake_gold::SqlEngine;
use leadlake_lake::Lake;
use leadlake_lake::catalog::Catalog;

pub trait Services: Send + Sync {
    fn catalog(&self) -> &dyn Catalog;

    fn sync(&self, lake: &Lake, contracts: &[Contract]) -> Result<SyncReport, GlueError>;

    /// Answers about these versions. No query runs longer than `left`.
    fn engine(&self, pins: Vec<Pin>, left: Duration) -> Box<dyn MeteredEngine>;

    fn put(&self, now: Timestamp, data: &[Datum]) -> Result<DataPut, CloudWatchError>;
}

pub trait MeteredEngine: SqlEngine {
    fn usage(&self) -> AthenaUsage;
}

pub struct AwsServices {
    pub aws: Aws,
    pub glue: GlueCatalog,
    pub athena: AthenaSettings,
    pub cloudwatch: CloudWatch,
}

impl Services for AwsServices {
    fn catalog(&self) -> &dyn Catalog {
        &self.glue
    }

    fn sync(&self, lake: &Lake, contracts: &[Contract]) -> Result<SyncReport, GlueError> {
        self.glue.sync(lake, contracts)
    }

    fn engine(&self, pins: Vec<Pin>, left: Duration) -> Box<dyn MeteredEngine> {
        let settings = AthenaSettings { timeout: self.athena.timeout.min(left), ..self.athena.clone() };
        Box::new(self.aws.athena(settings).pinned(pins))
    }

    fn put(&self, now: Timestamp, data: &[Datum]) -> Result<DataPut, CloudWatchError> {
        self.cloudwatch.put(now, data)
    }
}

impl MeteredEngine for Athena {
    fn usage(&self) -> AthenaUsage {
        Self::usage(self)
    }
}
