//! Raw objects: one open buffer per source, given away when it holds its share of the day's records.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::source::Source;

/// Takes the objects as they become ready, in the order of their arrival.
pub trait Sink {
    type Error: std::error::Error + 'static;

    /// `key` is `bronze/<source>/YYYY/MM/DD/<name>.json`, of the day of arrival; `bytes` are JSON lines.
    fn object(&mut self, key: &str, arrived: Timestamp, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// A source's objects of all days; only the open one is in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Objects {
    pub(crate) buffer: Vec<u8>,
    /// The number of the open object, of all days.
    pub(crate) open: u64,
    day: Quota,
}

/// How the records of one source's day are shared out.
#[derive(Debug, Clone, Default)]
struct Quota {
    records: u64,
    objects: u64,
    written: u64,
    /// Of this day, before the open one.
    closed: u64,
}

impl Objects {
    pub(crate) fn begin_day(&mut self, records: u64, events_per_object: u64) {
        let nearest = (records + events_per_object / 2) / events_per_object;
        self.day = Quota { records, objects: nearest.max(1), written: 0, closed: 0 };
    }

    /// Counts the record just written into the buffer; says whether the object is full.
    pub(crate) fn take_in(&mut self) -> bool {
        self.day.written += 1;
        let until =
            u128::from(self.day.records) * u128::from(self.day.closed + 1) / u128::from(self.day.objects);
        u128::from(self.day.written) >= until
    }

    pub(crate) fn key(&self, source: Source, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let number = self.day.closed + 1;
        format!(
            "bronze/{source}/{year:04}/{month:02}/{day:02}/{source}-{year:04}{month:02}{day:02}-{number:05}.json"
        )
    }

    pub(crate) fn close(&mut self) {
        self.buffer.clear();
        self.open += 1;
        self.day.closed += 1;
    }
}
