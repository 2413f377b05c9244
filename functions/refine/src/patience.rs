//! Work that is waited for only so long: the answer has to be given before the function is ended.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

/// Work on a thread of its own, which goes on where nobody waits for it any more.
pub struct Begun<T>(Result<Receiver<T>, String>);

pub fn begin<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Begun<T> {
    let (tell, told) = mpsc::channel();
    let telling = move || {
        // Nobody listens once the answer is given.
        let _ = tell.send(work());
    };
    let started = thread::Builder::new().spawn(telling);
    Begun(started.map(|_| told).map_err(|error| format!("a thread could not be started: {error}")))
}

impl<T> Begun<T> {
    pub fn wait_until(self, until: Instant) -> Result<T, String> {
        let left = until.saturating_duration_since(Instant::now());
        self.0?.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => "there was no answer in time".to_owned(),
            RecvTimeoutError::Disconnected => "it ended without an answer, which is a defect".to_owned(),
        })
    }
}
