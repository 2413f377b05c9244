//! A Parquet file of the lake, read through its store: whole where it is small, by ranges where it is not.

use std::io::{Cursor, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::key::ObjectKey;
use crate::store::{Store, StoreError};

/// Up to this size one request for all is cheaper than one for each column.
const READ_WHOLE_BELOW: u64 = 8 * 1024 * 1024;

/// How much is asked for at once where the end is not known.
const READ_AHEAD: u64 = 1024 * 1024;

pub struct ParquetFile {
    store: Arc<dyn Store>,
    key: ObjectKey,
    size: u64,
    whole: Option<Bytes>,
}

impl ParquetFile {
    pub fn open(store: &Arc<dyn Store>, key: &ObjectKey, size: u64) -> Result<Self, StoreError> {
        let whole = match size {
            0..READ_WHOLE_BELOW => Some(Bytes::from(store.open_range(key, 0..size)?)),
            _ => None,
        };
        Ok(Self { store: Arc::clone(store), key: key.clone(), size, whole })
    }

    fn range(&self, start: u64, length: u64) -> ParquetResult<Bytes> {
        let end = start.saturating_add(length);
        let bytes = match &self.whole {
            Some(whole) => {
                let within = |at: u64| usize::try_from(at).map_or(whole.len(), |at| at.min(whole.len()));
                whole.slice(within(start)..within(end))
            }
            None => Bytes::from(
                self.store
                    .open_range(&self.key, start..end)
                    .map_err(|error| ParquetError::External(Box::new(error)))?,
            ),
        };
        Ok(bytes)
    }
}

impl Length for ParquetFile {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for ParquetFile {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        if self.whole.is_some() {
            return Ok(Box::new(Cursor::new(self.range(start, self.size)?)));
        }
        Ok(Box::new(Ahead {
            store: Arc::clone(&self.store),
            key: self.key.clone(),
            next: start,
            end: self.size,
            read: Cursor::new(Vec::new()),
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let bytes = self.range(start, length as u64)?;
        if bytes.len() != length {
            return Err(ParquetError::EOF(format!("the file ends {} bytes early", length - bytes.len())));
        }
        Ok(bytes)
    }
}

/// Reads on from a position, a piece at a time.
struct Ahead {
    store: Arc<dyn Store>,
    key: ObjectKey,
    next: u64,
    end: u64,
    read: Cursor<Vec<u8>>,
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.read.read(into)?;
        if read > 0 || self.next >= self.end {
            return Ok(read);
        }
        let until = self.end.min(self.next + READ_AHEAD);
        let bytes = self.store.open_range(&self.key, self.next..until).map_err(std::io::Error::other)?;
        self.next = until;
        self.read = Cursor::new(bytes);
        self.read.read(into)
    }
}
