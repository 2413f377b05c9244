//! Athena's words about a query that failed, without what a row may have held.

/// What is wrong with the text of a query, or with files and rights. Other failures quote the values they fail at.
const ABOUT_NO_VALUE: [&str; 29] = [
    "AMBIGUOUS_NAME",
    "CATALOG_NOT_FOUND",
    "COLUMN_NOT_FOUND",
    "COLUMN_TYPE_UNKNOWN",
    "DUPLICATE_COLUMN_NAME",
    "DUPLICATE_NAMED_QUERY",
    "EXCEEDED_GLOBAL_MEMORY_LIMIT",
    "EXCEEDED_LOCAL_MEMORY_LIMIT",
    "EXCEEDED_TIME_LIMIT",
    "EXPRESSION_NOT_AGGREGATE",
    "EXPRESSION_NOT_IN_DISTINCT",
    "EXPRESSION_NOT_SCALAR",
    "FUNCTION_NOT_AGGREGATE",
    "FUNCTION_NOT_FOUND",
    "HIVE_CANNOT_OPEN_SPLIT",
    "HIVE_FILESYSTEM_ERROR",
    "HIVE_METASTORE_ERROR",
    "HIVE_PARTITION_SCHEMA_MISMATCH",
    "HIVE_TOO_MANY_OPEN_PARTITIONS",
    "INVALID_COLUMN_REFERENCE",
    "MISMATCHED_COLUMN_ALIASES",
    "MISSING_COLUMN_NAME",
    "MISSING_GROUP_BY",
    "NOT_SUPPORTED",
    "PERMISSION_DENIED",
    "SCHEMA_NOT_FOUND",
    "SYNTAX_ERROR",
    "TABLE_NOT_FOUND",
    "TYPE_MISMATCH",
];
const LONGEST: usize = 400;

/// The reason as far as it can be shown; the rest can be read on Athena, by who may.
pub(super) fn without_values(said: Option<&str>) -> String {
    let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) else {
        return "Athena gives no reason".to_owned();
    };
    let code = said.split(':').next().unwrap_or_default();
    let is_code = code.contains('_') && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if is_code && ABOUT_NO_VALUE.contains(&code) {
        return said.chars().take(LONGEST).collect();
    }
    let shown = if is_code { code } else { before_values(said) };
    format!("{shown}; the rest may show what is in a row, read it on Athena")
}

/// Values stand in quotes or behind a colon, or are numbers.
fn before_values(said: &str) -> &str {
    let end = said
        .find(|letter: char| matches!(letter, '\'' | '"' | ':' | '`' | '[' | '(') || letter.is_ascii_digit());
    said.get(..end.unwrap_or(said.len()).min(LONGEST)).unwrap_or_default().trim_end()
}
