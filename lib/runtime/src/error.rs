//! What Lambda is told when a function fails.

use std::error::Error;

use lambda_runtime::Diagnostic;

/// Made of any error of the lake, whose texts hold keys, names and counts, and no value of any record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    kind: String,
    message: String,
}

impl FunctionError {
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into() }
    }

    /// The name of the error's type: alarms and retries are set by it.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    pub fn message(&self) -> &str {
        &self.message
    }
}

impl<E: Error> From<E> for FunctionError {
    fn from(error: E) -> Self {
        let path = std::any::type_name::<E>();
        let name = path.split('<').next().and_then(|path| path.rsplit("::").next());
        Self::new(name.unwrap_or(path), error.to_string())
    }
}

impl From<FunctionError> for Diagnostic {
    fn from(FunctionError { kind, message }: FunctionError) -> Self {
        Self { error_type: kind, error_message: message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_named_by_its_type() {
        let error = FunctionError::from("x".parse::<u8>().unwrap_err());
        assert_eq!((error.kind(), error.message()), ("ParseIntError", "invalid digit found in string"));
    }
}
