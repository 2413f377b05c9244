//! AWS, as the commands use it.

use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use leadlake_aws::Aws;
use leadlake_lake::Lake;
use leadlake_lake::catalog::Catalog;

use crate::error::CliError;
use crate::place::Place;

pub use leadlake_aws::glue::GlueDatabase;
pub use leadlake_aws::{AddressError, LakeAddress};

/// One for all of the program, so that credentials are looked up once.
static CONNECTED: Mutex<Option<Aws>> = Mutex::new(None);

/// Of a command that makes no sense for a folder.
#[derive(Debug, Args)]
pub struct LakeOnS3 {
    /// The lake: s3://bucket, s3://bucket/prefix, or s3://name-{layer} where each layer has a bucket of its own
    #[arg(long = "lake", value_name = "ADDRESS", env = "LEADLAKE_LAKE")]
    pub address: LakeAddress,
}

impl LakeOnS3 {
    pub fn open_filled(&self) -> Result<Lake, CliError> {
        Place::S3(self.address.clone()).open_filled()
    }
}

pub fn connect() -> Result<Aws, CliError> {
    let mut connected = CONNECTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(aws) = connected.as_ref() {
        return Ok(aws.clone());
    }
    let aws = Aws::connect_blocking()?;
    *connected = Some(aws.clone());
    Ok(aws)
}

pub fn open(address: &LakeAddress) -> Result<Lake, CliError> {
    Ok(connect()?.lake(address))
}

pub fn catalog(database: &GlueDatabase, address: &LakeAddress) -> Result<Arc<dyn Catalog>, CliError> {
    Ok(Arc::new(connect()?.glue(database.clone(), address.clone())))
}
