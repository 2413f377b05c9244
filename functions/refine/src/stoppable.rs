//! A lake whose every operation fails once the time is over, so that work in progress comes down by itself.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{
    DeleteIfMatch, Listing, ObjectFacts, ObjectWriter, Opened, Put, PutIfMatch, Store, StoreError, Trouble,
    VersionToken, Versioned,
};

#[derive(Debug, Clone, Copy)]
pub struct Stop {
    pub at: Instant,
}

pub struct StoppableStore {
    pub below: Arc<dyn Store>,
    pub stop: Stop,
}

impl Stop {
    pub fn is_over(self) -> bool {
        Instant::now() >= self.at
    }

    fn check(self, operation: &'static str, at: &str) -> Result<(), StoreError> {
        if !self.is_over() {
            return Ok(());
        }
        let reason = "the function's time is nearly over".to_owned();
        Err(StoreError::Service { operation, at: at.to_owned(), reason, trouble: Trouble::Stopped })
    }

    /// Not as an interruption, which readers try again.
    fn check_io(self) -> io::Result<()> {
        match self.is_over() {
            true => Err(io::Error::new(io::ErrorKind::TimedOut, "the function's time is nearly over")),
            false => Ok(()),
        }
    }
}

impl Store for StoppableStore {
    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        self.stop.check("open", key.as_str())?;
        let Opened { facts, body } = self.below.open(key)?;
        Ok(Opened { facts, body: Box::new(StoppableBody { below: body, stop: self.stop }) })
    }

    fn open_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.stop.check("read", key.as_str())?;
        self.below.open_range(key, range)
    }

    fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, StoreError> {
        self.stop.check("look at", key.as_str())?;
        self.below.head(key)
    }

    fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.stop.check("write", key.as_str())?;
        self.below.put(key, bytes)
    }

    fn put_if_absent(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Put, StoreError> {
        self.stop.check("write", key.as_str())?;
        self.below.put_if_absent(key, bytes)
    }

    fn read_versioned(&self, key: &ObjectKey) -> Result<Option<Versioned>, StoreError> {
        self.stop.check("read", key.as_str())?;
        self.below.read_versioned(key)
    }

    fn put_if_match(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        expected: &VersionToken,
    ) -> Result<PutIfMatch, StoreError> {
        self.stop.check("write", key.as_str())?;
        self.below.put_if_match(key, bytes, expected)
    }

    fn writer(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.stop.check("write", key.as_str())?;
        let below = self.below.writer(key)?;
        Ok(Box::new(StoppableWriter { below, stop: self.stop, key: key.clone() }))
    }

    fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.stop.check("delete", key.as_str())?;
        self.below.delete(key)
    }

    fn delete_if_match(&self, key: &ObjectKey, expected: &VersionToken) -> Result<DeleteIfMatch, StoreError> {
        self.stop.check("delete", key.as_str())?;
        self.below.delete_if_match(key, expected)
    }

    fn list(&self, folder: &str) -> Result<Listing<'_>, StoreError> {
        self.stop.check("list", folder)?;
        self.below.list(folder)
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.stop.check("list", folder)?;
        self.below.folders(folder)
    }
}

struct StoppableBody {
    below: Box<dyn Read + Send>,
    stop: Stop,
}

impl Read for StoppableBody {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stop.check_io()?;
        self.below.read(into)
    }
}

struct StoppableWriter {
    below: Box<dyn ObjectWriter>,
    stop: Stop,
    key: ObjectKey,
}

impl Write for StoppableWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stop.check_io()?;
        self.below.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stop.check_io()?;
        self.below.flush()
    }
}

impl ObjectWriter for StoppableWriter {
    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.stop.check("write", self.key.as_str())?;
        self.below.finish()
    }
}
