//! Work that several threads share.

use std::sync::{Mutex, PoisonError};

use crate::error::PipelineError;

pub fn next_of<T>(items: &Mutex<std::vec::IntoIter<T>>) -> Option<T> {
    items.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Runs `work` on each thread and puts together what they return.
pub fn in_threads<T: Send>(
    threads: usize,
    work: impl Fn() -> Result<Vec<T>, PipelineError> + Sync,
) -> Result<Vec<T>, PipelineError> {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(&work)).collect();
        let mut all = Vec::new();
        for thread in running {
            all.extend(thread.join().unwrap_or(Err(PipelineError::ThreadDied))?);
        }
        Ok(all)
    })
}
