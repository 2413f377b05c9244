//! What S3 answered instead of what it was asked for, and what that means to a store.

use std::error::Error;
use std::io;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::DispatchFailure;
use aws_smithy_types::retry::ErrorKind;
use leadlake_lake::store::{StoreError, Trouble};

use crate::bridge::Stopped;
use crate::refusal::{chain, with_sources};

const CODES_OF_A_MOMENT: [&str; 7] = [
    "InternalError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];
const CODES_OF_ANOTHER_REGION: [&str; 3] =
    ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

#[derive(Debug, Clone)]
pub(super) struct Failure {
    kind: Kind,
    reason: String,
    /// The service never began with it.
    is_untouched: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Absent,
    /// The object is not what the request was conditional on.
    Unmet,
    /// Another conditional write of the object was under way.
    Conflict,
    BehindTheEnd,
    /// The store does not know what the request asks for.
    NotOffered,
    Trouble(Trouble),
}

impl Failure {
    /// An answer that lacks what S3 always gives.
    pub(super) fn unusable(what: &str) -> Self {
        Self::new(Trouble::Refused, format!("the answer has no {what} that can be used"))
    }

    pub(super) fn new(trouble: Trouble, reason: impl Into<String>) -> Self {
        Self { kind: Kind::Trouble(trouble), reason: reason.into(), is_untouched: false }
    }

    /// It is not known what became of the request.
    pub(super) fn with_answer_lost(self) -> Self {
        Self { kind: Kind::Trouble(Trouble::AnswerLost), ..self }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.kind == Kind::Absent
    }

    pub(super) fn is_unmet(&self) -> bool {
        self.kind == Kind::Unmet
    }

    pub(super) fn is_conflict(&self) -> bool {
        self.kind == Kind::Conflict
    }

    pub(super) fn is_behind_the_end(&self) -> bool {
        self.kind == Kind::BehindTheEnd
    }

    pub(super) fn is_not_offered(&self) -> bool {
        self.kind == Kind::NotOffered
    }

    pub(super) fn is_passing(&self) -> bool {
        self.kind == Kind::Trouble(Trouble::Passing)
    }

    /// Whether what was asked for may have been done all the same.
    pub(super) fn may_be_done(&self) -> bool {
        self.is_passing() && !self.is_untouched
    }

    pub(super) fn told(self, operation: &'static str, at: String) -> StoreError {
        let trouble = match self.kind {
            Kind::Trouble(trouble) => trouble,
            Kind::Conflict => Trouble::Passing,
            Kind::Unmet => Trouble::Replaced,
            Kind::Absent | Kind::BehindTheEnd | Kind::NotOffered => Trouble::Refused,
        };
        StoreError::Service { operation, at, reason: self.reason, trouble }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let reason = match (error.code(), error.message(), status) {
            (Some(code), Some(message), _) => format!("{code}, {message}"),
            (Some(code), None, Some(status)) => format!("{code}, HTTP {status}"),
            (None, _, Some(status)) if error.as_service_error().is_some() => format!("HTTP {status}"),
            _ => with_sources(&error),
        };
        let is_untouched = error.code() == Some("SlowDown") || nobody_listened(&error);
        Self { kind: Kind::of(&error, status), reason, is_untouched }
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        Self::new(Trouble::Stopped, stopped.to_string())
    }
}

impl Kind {
    fn of<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let code = error.code().unwrap_or_default();
        match (status, error) {
            _ if code == "NoSuchBucket" => Self::Trouble(Trouble::NoBucket),
            _ if CODES_OF_A_MOMENT.contains(&code) => Self::Trouble(Trouble::Passing),
            _ if CODES_OF_ANOTHER_REGION.contains(&code) => Self::Trouble(Trouble::OtherRegion),
            // The object is archived.
            _ if code == "InvalidObjectState" => Self::Trouble(Trouble::Refused),
            // What lies there is a marker that the object was deleted.
            (Some(404 | 405), SdkError::ServiceError(_)) => Self::Absent,
            (Some(412), _) => Self::Unmet,
            (Some(409), _) => Self::Conflict,
            (Some(416), _) => Self::BehindTheEnd,
            (Some(501), _) => Self::NotOffered,
            (Some(301 | 307), _) => Self::Trouble(Trouble::OtherRegion),
            (Some(401 | 403), _) => Self::Trouble(Trouble::Denied),
            (Some(429 | 500 | 502 | 503 | 504), _) => Self::Trouble(Trouble::Passing),
            (_, SdkError::TimeoutError(_) | SdkError::ResponseError(_)) => Self::Trouble(Trouble::Passing),
            (_, SdkError::DispatchFailure(failure)) if is_of_the_way(failure) => {
                Self::Trouble(Trouble::Passing)
            }
            (_, SdkError::DispatchFailure(_)) if with_sources(error).contains("credential") => {
                Self::Trouble(Trouble::NoCredentials)
            }
            _ => Self::Trouble(Trouble::Refused),
        }
    }
}

/// Others are of this side, such as credentials that are not there.
fn is_of_the_way(failure: &DispatchFailure) -> bool {
    let is_transient = failure.as_other() == Some(ErrorKind::TransientError);
    failure.is_io() || failure.is_timeout() || is_transient
}

fn nobody_listened(error: &(dyn Error + 'static)) -> bool {
    let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    chain(error).any(|error| error.downcast_ref().is_some_and(refused))
}
