//! Configuration from environment variables: all that is wrong is told at once.

use std::fmt::{self, Display};
use std::str::FromStr;

use thiserror::Error;

/// Reads variables, and remembers every one that is missing or wrong. Read all, then ask [`Environment::checked`].
pub struct Environment {
    lookup: Box<Lookup>,
    problems: Vec<Problem>,
}

type Lookup = dyn Fn(&str) -> Option<String>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    name: &'static str,
    meaning: &'static str,
    reason: Option<String>,
}

/// One message for all variables.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the function cannot start: {}; set the variables in its configuration", listed(.problems))]
pub struct EnvironmentError {
    problems: Vec<Problem>,
}

impl Environment {
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    pub fn new(lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Self { lookup: Box::new(lookup), problems: Vec::new() }
    }

    /// `meaning` says what belongs there, such as `the lake, as s3://bucket`. `None` only where [`Environment::checked`] fails.
    pub fn required<T>(&mut self, name: &'static str, meaning: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let is_set = self.text(name).is_some();
        if !is_set {
            self.problems.push(Problem { name, meaning, reason: None });
        }
        self.optional(name, meaning)
    }

    /// `None` where it is not set or empty, or where [`Environment::checked`] fails.
    pub fn optional<T>(&mut self, name: &'static str, meaning: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.push(Problem { name, meaning, reason: Some(error.to_string()) });
                None
            }
        }
    }

    /// The value, or `default` where it is not set or empty.
    pub fn or<T>(&mut self, name: &'static str, meaning: &'static str, default: T) -> T
    where
        T: FromStr<Err: Display>,
    {
        self.optional(name, meaning).unwrap_or(default)
    }

    /// Fails when a variable that was read so far is missing or wrong.
    pub fn checked(&self) -> Result<(), EnvironmentError> {
        match self.problems.as_slice() {
            [] => Ok(()),
            problems => Err(EnvironmentError { problems: problems.to_vec() }),
        }
    }

    /// Templates set what is not wanted to the empty text.
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

impl Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, meaning, reason } = self;
        match reason {
            None => write!(formatter, "{name} is not set ({meaning})"),
            Some(reason) => write!(formatter, "{name} is wrong: {reason} ({meaning})"),
        }
    }
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &'static [(&str, &str)]) -> Environment {
        Environment::new(|wanted| {
            let found = pairs.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn one_message_names_all_that_is_missing_or_wrong() {
        let mut read = environment(&[("RECEIVES", "many"), ("SECONDS", "300"), ("EMPTY", " ")]);
        assert_eq!(read.required::<String>("LAKE", "s3://bucket"), None);
        assert_eq!(read.or("RECEIVES", "a number", 5_u32), 5);
        assert_eq!(read.or("SECONDS", "a number", 5_u32), 300);
        assert_eq!(read.required::<String>("EMPTY", "a name"), None);
        assert_eq!(read.optional::<u32>("NOT_THERE", "a number"), None);
        insta::assert_snapshot!(read.checked().unwrap_err(), @"the function cannot start: LAKE is not set (s3://bucket); RECEIVES is wrong: invalid digit found in string (a number); EMPTY is not set (a name); set the variables in its configuration");
    }

    #[test]
    fn what_is_set_is_read() {
        let mut read = environment(&[("LAKE", " s3://acme ")]);
        assert_eq!(read.required::<String>("LAKE", "").as_deref(), Some("s3://acme"));
        assert_eq!(read.checked(), Ok(()));
    }
}
