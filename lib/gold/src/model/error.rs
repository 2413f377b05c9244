//! What can be wrong with a model's file, and what to write instead.

use thiserror::Error;

use super::column::ColumnType;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}")]
pub struct ModelError {
    pub file: String,
    pub line: usize,
    pub problem: ModelProblem,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelProblem {
    #[error("is named {found:?}; name it <name>.sql, and a KPI <number>_<name>.sql with two digits")]
    FileName { found: String },
    #[error("the header ends before its {expected}; write `-- {example}`")]
    Ended { expected: &'static str, example: &'static str },
    #[error("is {found:?}, where the {expected} should stand; write `-- {example}`")]
    Header { found: String, expected: &'static str, example: &'static str },
    #[error("the part of the header above does not end; put a line `--` below it")]
    Unended,
    #[error(
        "{found:?} is no column; write `-- <name> <type> <description>`, such as `-- day date Day of arrival`"
    )]
    Column { found: String },
    #[error("column {column} is described twice; take one away")]
    ColumnTwice { column: String },
    #[error(
        "{found:?} is no type; write string, bigint, double, boolean, date, timestamp or decimal(<precision>,<scale>)"
    )]
    Type { found: String },
    #[error("a KPI needs the column `{column} {data_type}`; add it to the header and to the query")]
    KpiColumn { column: &'static str, data_type: ColumnType },
    #[error("column {column} of a KPI is a dimension and must be a string; make it one")]
    Dimension { column: String },
    #[error("the query is missing; write it below the header, beginning with SELECT or WITH")]
    NoQuery,
    #[error("the query begins with {found:?}; begin it with SELECT or WITH")]
    NotAQuery { found: String },
    #[error("{found} is no placeholder; there are :as_of, :from_day and :to_day")]
    Placeholder { found: String },
    #[error("`::` is not known to Athena; write CAST(<value> AS <type>)")]
    DoubleColon,
    #[error("a file holds one statement without a semicolon; take it away")]
    Semicolon,
    #[error("{what} begins here and does not end; close it with {closing}")]
    Unclosed { what: &'static str, closing: &'static str },
}
