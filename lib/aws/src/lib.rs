//! The lake on AWS: S3, Glue, Athena, SQS and CloudWatch, behind the traits of the other rooms.
//!
//! Every call blocks its thread; see [`bridge`]. `AWS_ENDPOINT_URL` is all that differs between AWS and an emulator.

mod address;
pub mod athena;
mod bridge;
pub mod cloudwatch;
mod connect;
#[cfg(test)]
mod faked;
pub mod glue;
pub mod queue;
mod refusal;
pub mod s3;

pub use address::{AddressError, LakeAddress};
pub use bridge::{Bridge, Pending, Stopped};
pub use connect::{Aws, ConnectError};
pub use refusal::Refusal;
