//! What can go wrong in a store.

use std::io;

use thiserror::Error;

use crate::key::{KeyError, ObjectKey};

/// Why a store could not do what it was asked. Keys are the only thing of the data that a message shows.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("object {key} does not exist; list its folder to see what does")]
    NotFound { key: ObjectKey },
    #[error("cannot use this key: {0}")]
    InvalidKey(#[from] KeyError),
    #[error(
        "cannot {operation} {at}: {source}; check space, permissions and that the disk is there, then run again"
    )]
    Io { operation: &'static str, at: String, source: io::Error },
    #[error(
        "cannot use the folder {root} as a lake: {source}; name an existing folder that you may read and write"
    )]
    Root { root: String, source: io::Error },
    #[error("{at} is {found}, and a lake holds plain files in plain folders only; move it out of the lake")]
    Foreign { at: String, found: Foreign },
    #[error(
        "cannot write {key}: {taken} is {by}, and a directory cannot hold an object and a folder of one name; choose another key"
    )]
    NameTaken { key: ObjectKey, taken: String, by: TakenBy },
    #[error(
        "cannot create {key} exactly once: {source}; this needs a file system with hard links, so move the lake to one (ext4, XFS, APFS, NTFS)"
    )]
    NoHardLinks { key: ObjectKey, source: io::Error },
    #[error("cannot {operation} {at}: {reason}; {trouble}")]
    Service {
        operation: &'static str,
        at: String,
        /// What the service answered, in its words.
        reason: String,
        trouble: Trouble,
    },
    #[cfg(any(test, feature = "testing"))]
    #[error(
        "step {step} was made to fail, as if the process had died there; open the store below the faulty one to see what it left"
    )]
    Injected { step: u64 },
}

impl StoreError {
    /// Whether the same may work a moment later, though nobody repairs anything.
    pub fn is_transient(&self) -> bool {
        use Trouble::{AnswerLost, Passing, Replaced};
        matches!(self, Self::Service { trouble: Passing | AnswerLost | Replaced, .. })
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// What a body or a writer of a store failed with, which readers and writers can only tell as an [`io::Error`].
    pub fn within(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

/// What kind of failure a service told, and so what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Overload, a broken connection, silence; it was tried several times.
    Passing,
    /// As [`Trouble::Passing`], and it is not known whether the object was written.
    AnswerLost,
    /// Another object stands there since the reading of this one began.
    Replaced,
    Denied,
    NoCredentials,
    NoBucket,
    OtherRegion,
    /// Nothing that a second try would change.
    Refused,
    /// The client is gone.
    Stopped,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Passing => "it was tried several times, so try again later",
            Self::AnswerLost => "whether it was written is not known, so look before it is written again",
            Self::Replaced => "it was replaced meanwhile, so begin again with what is there now",
            Self::Denied => {
                "see that the role or keys in use may do this; without the right to list a bucket, \
                 what does not exist is refused in the same words"
            }
            Self::NoCredentials => {
                "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role"
            }
            Self::NoBucket => "create the bucket, or name the lake's real one",
            Self::OtherRegion => "set AWS_REGION to the region that the bucket is in",
            Self::Refused => "trying again changes nothing, so change what it complains of",
            Self::Stopped => "run again",
        })
    }
}

/// What lies in a lake's place and is no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    SymbolicLink,
    Special,
    /// Where each layer has a bucket of its own.
    OtherLayer,
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::SymbolicLink => "a symbolic link",
            Self::Special => "a pipe, socket or device",
            Self::OtherLayer => "an object in the bucket of another layer",
        })
    }
}

/// What stands where an object should be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBy {
    Folder,
    Object,
}

impl std::fmt::Display for TakenBy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Folder => "a folder",
            Self::Object => "an object",
        })
    }
}
