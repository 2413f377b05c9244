//! How much a run holds in memory; what is more goes to files in the scratch folder.

const MEBIBYTE: usize = 1024 * 1024;

/// In bytes. Rows do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All events that were read, until it is known whose they are.
    pub gathered: usize,
    /// What one shard should take once it is loaded; it decides how many shards there are.
    pub shard: usize,
    /// All shards together, until each is loaded.
    pub dealt: usize,
    /// All features and scores together, until all leads are known.
    pub scored: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self { gathered: 16 * MEBIBYTE, shard: 8 * MEBIBYTE, dealt: 16 * MEBIBYTE, scored: 8 * MEBIBYTE }
    }
}
