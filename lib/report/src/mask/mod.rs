//! Personal data as it can be shown: enough to recognise whom one knows, too little to learn of anybody else.

mod contact;
mod object_key;
mod record;

pub use contact::{email, free_text, name, phone};
pub use record::{Vocabulary, excerpt};

/// Stands for any number of letters or digits.
const HIDDEN: &str = "••••";
