//! From blocking calls to an asynchronous client.
//!
//! The future runs on the client's own runtime and the calling thread waits for its answer. So a caller may itself be a thread of
//! another runtime, which blocking on the future would not survive. It must not be the only thread of the client's runtime.

use std::sync::mpsc;

use thiserror::Error;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

#[derive(Debug, Clone)]
pub struct Bridge {
    handle: Handle,
}

/// An answer that is on its way. Dropped, it is not waited for, and what would give it is stopped.
pub struct Pending<T> {
    answered: mpsc::Receiver<T>,
    task: AbortHandle,
}

/// The runtime was stopped while somebody waited for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the program is ending, and no answer of AWS is waited for any more; run again")]
pub struct Stopped;

impl Bridge {
    pub fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// The answer of the future, waited for on this thread.
    pub fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Stopped> {
        self.begin(future).wait()
    }

    /// Lets the future run while this thread does something else.
    pub fn begin<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Pending<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        let task = self.handle.spawn(async move {
            // Nobody waits any more: then nobody wants it either.
            let _ = answer.send(future.await);
        });
        Pending { answered, task: task.abort_handle() }
    }
}

impl<T> Pending<T> {
    pub fn wait(self) -> Result<T, Stopped> {
        self.answered.recv().map_err(|_| Stopped)
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reaches_a_thread_of_another_runtime() {
        let [ours, theirs] = [(); 2].map(|()| tokio::runtime::Runtime::new().unwrap());
        let bridge = Bridge::new(ours.handle().clone());
        let answer = theirs.block_on(async { bridge.wait(async { 7 }) });
        assert_eq!(answer, Ok(7));
    }

    #[test]
    fn a_runtime_that_ends_leaves_nobody_waiting() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let bridge = Bridge::new(runtime.handle().clone());
        let waiting = std::thread::spawn(move || bridge.wait(std::future::pending::<()>()));
        runtime.shutdown_background();
        assert_eq!(waiting.join().unwrap(), Err(Stopped));
    }
}
