//! What stands in for AWS in a program that was built without it: names of things that cannot be.

use std::convert::Infallible;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;

use leadlake_lake::Lake;
use leadlake_lake::catalog::Catalog;
use thiserror::Error;

use crate::error::CliError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this leadlake was built without AWS; build it with: cargo build --features leadlake/aws")]
pub struct WithoutAws;

pub type AddressError = WithoutAws;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeAddress(Infallible);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlueDatabase(Infallible);

impl LakeAddress {
    pub fn location(&self, _: &str) -> String {
        match self.0 {}
    }
}

impl Display for LakeAddress {
    fn fmt(&self, _: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl FromStr for LakeAddress {
    type Err = WithoutAws;

    fn from_str(_: &str) -> Result<Self, WithoutAws> {
        Err(WithoutAws)
    }
}

impl FromStr for GlueDatabase {
    type Err = WithoutAws;

    fn from_str(_: &str) -> Result<Self, WithoutAws> {
        Err(WithoutAws)
    }
}

pub fn open(address: &LakeAddress) -> Result<Lake, CliError> {
    match address.0 {}
}

pub fn catalog(database: &GlueDatabase, _: &LakeAddress) -> Result<Arc<dyn Catalog>, CliError> {
    match database.0 {}
}
