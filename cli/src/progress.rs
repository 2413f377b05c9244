//! A bar on a terminal; elsewhere a line now and then.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// How often progress is told where there is no terminal.
const LINES: u64 = 10;

/// Told on standard error, so that results can be piped.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    done: AtomicU64,
    what: &'static str,
}

impl Progress {
    pub fn new(what: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total);
            // The template is fixed text; without it the plain bar serves as well.
            if let Ok(style) =
                ProgressStyle::with_template("{prefix} {bar:40} {pos}/{len} {elapsed} eta {eta}")
            {
                bar.set_style(style);
            }
            bar.with_prefix(what)
        });
        Self { bar, total, done: AtomicU64::new(0), what }
    }

    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
            return;
        }
        let tells = done == self.total || done.is_multiple_of(self.total.div_ceil(LINES).max(1));
        if tells && self.total > 1 {
            eprintln!("{} {done}/{}", self.what, self.total);
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
