//! What cargo may say to a harness of tests, as far as it means something here.

/// How many kills the long form makes at least.
const LONG_FORM: &str = "LEADLAKE_KILLS";

#[derive(Debug, Default)]
pub struct Arguments {
    /// Parts of names of acts, or the whole name of one kill. None means all.
    pub only: Vec<String>,
    pub skipped: Vec<String>,
    pub is_exact: bool,
    /// Name the acts and do nothing.
    pub lists: bool,
    /// Those that are usually left out, of which there are none.
    pub only_ignored: bool,
    pub at_least: Option<u64>,
}

impl Arguments {
    pub fn of_process() -> Self {
        let mut arguments = Self::of(std::env::args().skip(1));
        if let Ok(number) = std::env::var(LONG_FORM) {
            let number = number.replace(['_', ','], "");
            arguments.at_least = Some(number.parse().unwrap_or_else(|_| panic!("{LONG_FORM} is no number")));
        }
        arguments
    }

    fn of(words: impl Iterator<Item = String>) -> Self {
        let mut arguments = Self::default();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--list" => arguments.lists = true,
                "--exact" => arguments.is_exact = true,
                "--ignored" => arguments.only_ignored = true,
                "--skip" => arguments.skipped.extend(words.next()),
                "--test-threads" | "--format" | "--color" | "--logfile" | "-Z" | "--shuffle-seed" => {
                    drop(words.next());
                }
                option if option.starts_with('-') => {}
                _ => arguments.only.push(word),
            }
        }
        arguments
    }

    /// Nothing was left out.
    pub fn choose_all(&self) -> bool {
        self.only.is_empty() && self.skipped.is_empty() && !self.only_ignored
    }

    pub fn chooses(&self, name: &str) -> bool {
        let is_meant =
            |word: &String| if self.is_exact { name == word } else { name.contains(word.as_str()) };
        !self.only_ignored
            && (self.only.is_empty() || self.only.iter().any(is_meant))
            && !self.skipped.iter().any(is_meant)
    }
}
