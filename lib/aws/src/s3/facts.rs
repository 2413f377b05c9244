//! What S3 says of an object in front of its body.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use jiff::Timestamp;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{ObjectFacts, VersionToken};

use super::failure::Failure;

pub(super) struct Answered {
    pub(super) size: u64,
    modified: Timestamp,
    pub(super) etag: String,
    /// Where the bucket keeps versions.
    pub(super) version: Option<String>,
}

impl Answered {
    pub(super) fn of_get(answer: &GetObjectOutput) -> Result<Self, Failure> {
        let answered = Self::of(answer.content_length(), answer.last_modified(), answer.e_tag())?;
        Ok(Self { version: answer.version_id().map(str::to_owned), ..answered })
    }

    pub(super) fn of_head(answer: &HeadObjectOutput) -> Result<Self, Failure> {
        Self::of(answer.content_length(), answer.last_modified(), answer.e_tag())
    }

    pub(super) fn of(
        size: Option<i64>,
        modified: Option<&DateTime>,
        etag: Option<&str>,
    ) -> Result<Self, Failure> {
        let size = size.and_then(|size| u64::try_from(size).ok());
        // A listing may know fractions of a second, which the header of a single object cannot say.
        let modified = modified.and_then(|time| Timestamp::from_second(time.secs()).ok());
        Ok(Self {
            size: size.ok_or_else(|| Failure::unusable("size"))?,
            modified: modified.ok_or_else(|| Failure::unusable("modified time"))?,
            etag: unquoted(etag.ok_or_else(|| Failure::unusable("ETag"))?).to_owned(),
            version: None,
        })
    }

    pub(super) fn facts(&self, key: &ObjectKey) -> ObjectFacts {
        ObjectFacts { key: key.clone(), size: self.size, modified: self.modified, etag: self.etag.clone() }
    }

    pub(super) fn token(self) -> VersionToken {
        VersionToken::new(self.etag)
    }
}

/// Where in the object the body of an answer begins: not everything that speaks S3 honours every range.
pub(super) fn beginning_of(answer: &GetObjectOutput) -> Result<u64, Failure> {
    let Some(range) = answer.content_range() else {
        return Ok(0);
    };
    let first = range.strip_prefix("bytes ").and_then(|range| range.split_once('-')?.0.parse().ok());
    first.ok_or_else(|| Failure::unusable("content range"))
}

/// As notifications write it, so that an object has one identity however it is found.
pub(super) fn unquoted(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// As a header wants it.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}
