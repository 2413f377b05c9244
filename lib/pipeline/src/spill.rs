//! Batches put aside until all of the run is known: in memory as long as they are few, in an unlinked file after that.
//! They hold personal data, so nothing but this process can open the file, and it is gone with it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};

use crate::error::PipelineError;

/// Batches of one schema, kept in the order in which they came.
pub struct Spill {
    schema: SchemaRef,
    held: Vec<RecordBatch>,
    held_bytes: usize,
    /// More than this goes to a file.
    most_held: usize,
    file: Option<StreamWriter<BufWriter<File>>>,
    bytes: usize,
}

impl Spill {
    pub fn new(schema: SchemaRef, most_held: usize) -> Self {
        Self { schema, held: Vec::new(), held_bytes: 0, most_held, file: None, bytes: 0 }
    }

    /// How much was put aside, as it counts in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn push(&mut self, batch: RecordBatch, folder: &Path) -> Result<(), PipelineError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let bytes = batch.get_array_memory_size();
        self.bytes += bytes;
        self.held_bytes += bytes;
        self.held.push(batch);
        if self.held_bytes > self.most_held { self.write_held(folder) } else { Ok(()) }
    }

    fn write_held(&mut self, folder: &Path) -> Result<(), PipelineError> {
        let mut writer = match self.file.take() {
            Some(writer) => writer,
            None => {
                let file = tempfile::tempfile_in(folder)
                    .map_err(|source| PipelineError::Scratch { folder: folder.to_owned(), source })?;
                StreamWriter::try_new(BufWriter::new(file), &self.schema).map_err(spilled(folder))?
            }
        };
        for batch in self.held.drain(..) {
            writer.write(&batch).map_err(spilled(folder))?;
        }
        self.held_bytes = 0;
        self.file = Some(writer);
        Ok(())
    }

    /// What was put aside, in order.
    pub fn read(self, folder: &Path) -> Result<SpillReader, PipelineError> {
        let Some(writer) = self.file else {
            return Ok(SpillReader { file: None, held: self.held.into_iter() });
        };
        let scratch = |source| PipelineError::Scratch { folder: folder.to_owned(), source };
        let mut file = writer
            .into_inner()
            .map_err(spilled(folder))?
            .into_inner()
            .map_err(|error| scratch(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(scratch)?;
        let reader = StreamReader::try_new(BufReader::new(file), None).map_err(spilled(folder))?;
        Ok(SpillReader { file: Some(reader), held: self.held.into_iter() })
    }
}

fn spilled(folder: &Path) -> impl Fn(ArrowError) -> PipelineError {
    let folder = folder.to_owned();
    move |source| PipelineError::Spill { folder: folder.clone(), source }
}

pub struct SpillReader {
    file: Option<StreamReader<BufReader<File>>>,
    held: std::vec::IntoIter<RecordBatch>,
}

impl Iterator for SpillReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batch) = self.file.as_mut().and_then(Iterator::next) {
            return Some(batch);
        }
        self.file = None;
        self.held.next().map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray};

    use super::*;

    fn batch(number: usize) -> RecordBatch {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![format!("row {number}"); 100]));
        RecordBatch::try_from_iter([("text", texts)]).unwrap()
    }

    #[test]
    fn comes_back_in_order_from_memory_and_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        for most_held in [0, 5_000, usize::MAX] {
            let mut spill = Spill::new(batch(0).schema(), most_held);
            for number in 0..20 {
                spill.push(batch(number), folder.path()).unwrap();
            }
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
            let back: Vec<RecordBatch> =
                spill.read(folder.path()).unwrap().collect::<Result<_, _>>().unwrap();
            assert_eq!(back, (0..20).map(batch).collect::<Vec<_>>());
        }
    }
}
