//! The body of an object, read while more of it arrives.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::time::Duration;

use aws_sdk_s3::primitives::{ByteStream, ByteStreamError};
use bytes::{Buf, Bytes};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::Trouble;

use super::S3Store;
use super::facts::{Answered, beginning_of, quoted};
use super::failure::Failure;
use crate::bridge::Pending;
use crate::refusal::with_sources;

/// What arrives ahead while the reader works. One more piece of the network's choice may come on top.
const AHEAD: usize = 1 << 20;
/// How often in a row a body is taken up again without a byte arriving.
const MOST_RESUMES: u32 = 4;
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Body {
    store: S3Store,
    key: ObjectKey,
    etag: String,
    /// Stays to be read when the object is replaced or deleted.
    version: Option<String>,
    size: u64,
    /// How many bytes have arrived.
    arrived: u64,
    pieces: VecDeque<Bytes>,
    next: Option<Pending<Gathered>>,
    resumes: u32,
    /// Whoever reads on after a failure must not take it for the end.
    failed: Option<Failure>,
}

/// A stretch of the body, and how it ended.
struct Gathered {
    pieces: VecDeque<Bytes>,
    rest: Rest,
}

enum Rest {
    More(ByteStream),
    End,
    Broken(Failure),
}

impl Body {
    pub(super) fn begin(store: S3Store, key: ObjectKey, answered: Answered, stream: ByteStream) -> Self {
        let next = Some(store.begin(gather(stream, 0)));
        let Answered { size, etag, version, .. } = answered;
        Self {
            store,
            key,
            etag,
            version,
            size,
            arrived: 0,
            pieces: VecDeque::new(),
            next,
            resumes: 0,
            failed: None,
        }
    }

    /// Takes what arrived, and lets more arrive. Nothing new arrives after the end.
    fn take_next(&mut self) -> Result<(), Failure> {
        let Some(next) = self.next.take() else {
            return Ok(());
        };
        let Gathered { pieces, rest } = next.wait()?;
        let bytes: usize = pieces.iter().map(Bytes::len).sum();
        if bytes > 0 {
            self.resumes = 0;
        }
        self.arrived += bytes as u64;
        self.pieces = pieces;
        self.next = match rest {
            Rest::More(stream) => Some(self.store.begin(gather(stream, 0))),
            Rest::End if self.arrived == self.size => None,
            Rest::End => Some(self.resume(Failure::new(Trouble::Passing, "the body ended early"))?),
            Rest::Broken(failure) => Some(self.resume(failure)?),
        };
        Ok(())
    }

    /// Asks for the rest of the same object. A body that is all here but does not fit its checksum has no rest.
    fn resume(&mut self, failure: Failure) -> Result<Pending<Gathered>, Failure> {
        if !failure.is_passing() || self.arrived >= self.size || self.resumes == MOST_RESUMES {
            return Err(failure);
        }
        let pause = FIRST_PAUSE * 2u32.pow(self.resumes);
        self.resumes += 1;
        let request = self.store.request(&self.key).set_version_id(self.version.clone());
        let request = request.range(format!("bytes={}-", self.arrived)).if_match(quoted(&self.etag));
        let arrived = self.arrived;
        Ok(self.store.begin(async move {
            tokio::time::sleep(pause).await;
            let answer = request.send().await.map_err(Failure::from);
            match answer.and_then(|answer| Ok((beginning_of(&answer)?, answer.body))) {
                Ok((beginning, stream)) => gather(stream, arrived.saturating_sub(beginning)).await,
                Err(failure) => Gathered { pieces: VecDeque::new(), rest: Rest::Broken(failure) },
            }
        }))
    }

    fn told(&self, failure: Failure) -> io::Error {
        io::Error::other(self.store.failed("read", &self.key)(failure))
    }
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while self.pieces.is_empty() && self.failed.is_none() && self.next.is_some() {
            self.failed = self.take_next().err();
        }
        let Some(piece) = self.pieces.front_mut() else {
            return self.failed.clone().map_or(Ok(0), |failure| Err(self.told(failure)));
        };
        let length = piece.len().min(into.len());
        piece.split_to(length).copy_to_slice(into.get_mut(..length).unwrap_or_default());
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        Ok(length)
    }
}

/// Leaves out the first `known` bytes.
async fn gather(mut stream: ByteStream, mut known: u64) -> Gathered {
    let mut pieces = VecDeque::new();
    let mut bytes = 0;
    while bytes < AHEAD {
        match stream.next().await {
            Some(Ok(mut piece)) => {
                let left_out = usize::try_from(known).map_or(piece.len(), |known| known.min(piece.len()));
                known -= left_out as u64;
                piece.advance(left_out);
                bytes += piece.len();
                pieces.extend((!piece.is_empty()).then_some(piece));
            }
            Some(Err(error)) => return Gathered { pieces, rest: Rest::Broken(broken(&error)) },
            None => return Gathered { pieces, rest: Rest::End },
        }
    }
    Gathered { pieces, rest: Rest::More(stream) }
}

pub(super) fn broken(error: &ByteStreamError) -> Failure {
    Failure::new(Trouble::Passing, format!("the body broke off: {}", with_sources(error)))
}
