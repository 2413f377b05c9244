//! A lake on S3.
//!
//! Writes are atomic by themselves: an object appears whole, by one PUT or by the completion of a multipart upload. The SDK tries
//! again what may be tried again; conditional writes are tried again here, because there a lost answer and a refusal look alike.
//!
//! Objects whose key ends with `/` and that are empty are folders of S3's console, and no part of a lake.

mod body;
mod conditional;
mod facts;
mod failure;
mod listing;
mod writer;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use leadlake_lake::Lake;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{
    DeleteIfMatch, Listing, ObjectFacts, ObjectWriter, Opened, Put, PutIfMatch, Store, StoreError,
    VersionToken, Versioned,
};

use self::body::Body;
use self::conditional::{Condition, ConditionalPut};
use self::facts::{Answered, beginning_of, quoted};
use self::failure::Failure;
use self::writer::Writer;
use crate::address::LakeAddress;
use crate::bridge::Pending;
use crate::connect::{Aws, LONGEST_CONNECT};

/// How often an object is read from its beginning when its body breaks.
const MOST_READS: u32 = 3;
/// No object is as large, and numbers of more digits are not understood everywhere.
const BEHIND_EVERY_END: u64 = 1 << 50;
/// A request with a body of this size or more may take longer than others.
const LARGE: usize = 1 << 20;
const LONGEST_UPLOAD: Duration = Duration::from_secs(300);

#[derive(Clone)]
pub struct S3Store {
    client: Client,
    /// Keeps the runtime alive that answers come on.
    aws: Aws,
    address: LakeAddress,
    pinned: Option<Pinned>,
}

/// The version of one object that is read, whatever was put since.
#[derive(Debug, Clone)]
struct Pinned {
    key: ObjectKey,
    version: String,
}

impl Aws {
    pub fn store(&self, lake: &LakeAddress) -> S3Store {
        // Emulators and proxies have no host for each bucket.
        let is_overridden =
            self.config().endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(self.config()).force_path_style(is_overridden).build();
        S3Store { client: Client::from_conf(config), aws: self.clone(), address: lake.clone(), pinned: None }
    }

    pub fn lake(&self, lake: &LakeAddress) -> Lake {
        Lake { store: Arc::new(self.store(lake)), bucket: lake.bronze_bucket() }
    }
}

impl S3Store {
    pub fn address(&self) -> &LakeAddress {
        &self.address
    }

    /// The same lake, in which `key` is read as it was in that version.
    pub fn at_version(&self, key: ObjectKey, version: impl Into<String>) -> Self {
        Self { pinned: Some(Pinned { key, version: version.into() }), ..self.clone() }
    }

    fn version_of(&self, key: &ObjectKey) -> Option<String> {
        self.pinned.as_ref().filter(|pinned| pinned.key == *key).map(|pinned| pinned.version.clone())
    }

    fn uri(&self, key: &ObjectKey) -> String {
        let (bucket, key) = self.address.place_of(key);
        format!("s3://{bucket}/{key}")
    }

    fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        self.aws.bridge().wait(future)?
    }

    fn begin<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Pending<T> {
        self.aws.bridge().begin(future)
    }

    fn failed(&self, operation: &'static str, key: &ObjectKey) -> impl FnOnce(Failure) -> StoreError {
        let at = self.uri(key);
        let key = key.clone();
        move |failure| match failure.is_absent() {
            true => StoreError::NotFound { key },
            false => failure.told(operation, at),
        }
    }

    fn request(&self, key: &ObjectKey) -> GetObjectFluentBuilder {
        let (bucket, path) = self.address.place_of(key);
        self.client.get_object().bucket(bucket).key(path).set_version_id(self.version_of(key))
    }

    /// Reads what is small. A body that breaks is asked for again from its beginning.
    fn read_whole(&self, request: GetObjectFluentBuilder) -> Result<(GetObjectOutput, Vec<u8>), Failure> {
        self.wait(async move {
            let mut reads = 1;
            loop {
                let mut answer = request.clone().send().await.map_err(Failure::from)?;
                let body = std::mem::take(&mut answer.body);
                match body.collect().await {
                    Ok(bytes) => return Ok((answer, bytes.to_vec())),
                    Err(broken) if reads == MOST_READS => return Err(body::broken(&broken)),
                    Err(_) => reads += 1,
                }
                tokio::time::sleep(body::FIRST_PAUSE).await;
            }
        })
    }

    fn open_answer(&self, key: &ObjectKey) -> Result<GetObjectOutput, Failure> {
        let request = self.request(key);
        self.wait(async move { request.send().await.map_err(Failure::from) })
    }

    fn ask_head(&self, key: &ObjectKey) -> Result<Answered, Failure> {
        let (bucket, path) = self.address.place_of(key);
        let request = self.client.head_object().bucket(bucket).key(path).set_version_id(self.version_of(key));
        self.wait(async move { Answered::of_head(&request.send().await.map_err(Failure::from)?) })
    }

    /// For stores like S3 that know no conditional deletes: between the look and the removal something else may be put.
    fn delete_if_seen(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        match self.ask_head(key) {
            Ok(there) if there.etag == expected.as_str() => self.delete(key).map(|()| DeleteIfMatch::Deleted),
            Ok(_) => Ok(DeleteIfMatch::Changed),
            Err(failure) if failure.is_absent() => Ok(DeleteIfMatch::Changed),
            Err(failure) => Err(self.failed("look at", key)(failure)),
        }
    }

    fn put_if(&self, key: &ObjectKey, bytes: &[u8], condition: Condition) -> Result<bool, Failure> {
        let (bucket, path) = self.address.place_of(key);
        let put = ConditionalPut::new(self.client.clone(), bucket, path, bytes, condition)?;
        self.wait(put.send())
    }
}

impl Store for S3Store {
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        let failed = self.failed("open", key);
        let begun = self.open_answer(key).and_then(|mut answer| {
            let stream = std::mem::take(&mut answer.body);
            Ok((Answered::of_get(&answer)?, stream))
        });
        let (answered, stream) = begun.map_err(failed)?;
        let facts = answered.facts(key);
        let body = Body::begin(self.clone(), key.clone(), answered, stream);
        Ok(Opened { facts, body: Box::new(body) })
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        let failed = self.failed("read", key);
        let Range { start, end } = range.start..range.end.min(BEHIND_EVERY_END);
        if start >= end {
            return self.ask_head(key).map(|_| Vec::new()).map_err(failed);
        }
        let request = self.request(key).range(format!("bytes={start}-{}", end - 1));
        let read = self.read_whole(request).and_then(|(answer, bytes)| {
            let beginning = beginning_of(&answer)?;
            Ok(cut(bytes, start.saturating_sub(beginning), end - start))
        });
        match read {
            Ok(bytes) => Ok(bytes),
            Err(failure) if failure.is_behind_the_end() => Ok(Vec::new()),
            Err(failure) => Err(failed(failure)),
        }
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        match self.ask_head(key) {
            Ok(answered) => Ok(Some(answered.facts(key))),
            Err(failure) if failure.is_absent() => Ok(None),
            Err(failure) => Err(self.failed("look at", key)(failure)),
        }
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        let (bucket, path) = self.address.place_of(key);
        let length = bytes.len();
        let request = self.client.put_object().bucket(bucket).key(path).body(body_of(bytes));
        let sent = self.wait(async move {
            let request = request.customize().config_override(patient_with(length));
            request.send().await.map_err(Failure::from)
        });
        sent.map(drop).map_err(|failure| failure.told("write", self.uri(key)))
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        match self.put_if(key, bytes, Condition::Absent) {
            Ok(true) => Ok(Put::Written),
            Ok(false) => Ok(Put::AlreadyThere),
            Err(failure) => Err(failure.told("create", self.uri(key))),
        }
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        let read = self.read_whole(self.request(key));
        match read.and_then(|(answer, bytes)| Ok((Answered::of_get(&answer)?, bytes))) {
            Ok((answered, bytes)) => Ok(Some(Versioned { bytes, token: answered.token() })),
            Err(failure) if failure.is_absent() => Ok(None),
            Err(failure) => Err(self.failed("read", key)(failure)),
        }
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        match self.put_if(key, bytes, Condition::Unchanged(expected.clone())) {
            Ok(true) => Ok(PutIfMatch::Written),
            Ok(false) => Ok(PutIfMatch::Changed),
            Err(failure) => Err(failure.told("replace", self.uri(key))),
        }
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        Ok(Box::new(Writer::new(self.clone(), key.clone())))
    }

    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        let (bucket, path) = self.address.place_of(key);
        let request = self.client.delete_object().bucket(bucket).key(path);
        match self.wait(async move { request.send().await.map_err(Failure::from) }) {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_absent() => Ok(()),
            Err(failure) => Err(failure.told("delete", self.uri(key))),
        }
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        let (bucket, path) = self.address.place_of(key);
        let request =
            self.client.delete_object().bucket(bucket).key(path).if_match(quoted(expected.as_str()));
        match self.wait(async move { request.send().await.map_err(Failure::from) }) {
            Ok(_) => Ok(DeleteIfMatch::Deleted),
            Err(failure) if failure.is_unmet() || failure.is_absent() => Ok(DeleteIfMatch::Changed),
            Err(failure) if failure.is_not_offered() => self.delete_if_seen(key, expected),
            Err(failure) => Err(failure.told("delete", self.uri(key))),
        }
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        listing::list(self, folder)
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        listing::folders(self, folder)
    }
}

/// At most `length` bytes behind the first `skipped`.
fn cut(mut bytes: Vec<u8>, skipped: u64, length: u64) -> Vec<u8> {
    let within = |number| usize::try_from(number).unwrap_or(usize::MAX);
    bytes.drain(..within(skipped).min(bytes.len()));
    bytes.truncate(within(length));
    bytes
}

fn body_of(bytes: &[u8]) -> ByteStream {
    ByteStream::from(bytes.to_vec())
}

/// The silence before an answer includes the time that a body takes on its way there.
fn patient_with(length: usize) -> aws_sdk_s3::config::Builder {
    let config = aws_sdk_s3::config::Builder::new();
    if length < LARGE {
        return config;
    }
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(LONGEST_CONNECT)
        .read_timeout(LONGEST_UPLOAD)
        .operation_attempt_timeout(LONGEST_UPLOAD);
    config.timeout_config(timeouts.build())
}
