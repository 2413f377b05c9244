//! A query about chosen versions: Athena always reads what is current, so that queries say which version they mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use leadlake_lake::Lake;
use leadlake_lake::tables::{TableError, TableLog, TableName, VersionNumber};

use super::error::PinError;
use super::tokens::{Place, Token, tokens};

/// One version of one table, under the table's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub table: TableName,
    pub version: VersionNumber,
    /// Those of the version: `<table>_versions` has one more, and may have others.
    pub columns: Vec<String>,
}

impl Pin {
    /// Pins each of the tables to its version, as the log knows it.
    pub fn all_of(
        lake: &Lake,
        versions: &BTreeMap<TableName, VersionNumber>,
    ) -> Result<Vec<Self>, TableError> {
        let pin = |(table, number): (&TableName, &VersionNumber)| {
            let log = TableLog::new(Arc::clone(&lake.store), table.clone());
            let version = log.version(*number)?;
            let columns = version.content.schema.columns.into_iter().map(|column| column.name).collect();
            Ok(Self { table: table.clone(), version: version.number, columns })
        };
        versions.iter().map(pin).collect()
    }

    /// The query that stands for the table.
    pub(super) fn named_query(&self) -> String {
        let name = self.table.sql_name();
        let columns: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        let columns = columns.join(", ");
        format!("{name} AS (SELECT {columns} FROM {name}_versions WHERE snapshot = {})", self.version)
    }
}

/// The query with a named query in front for each pinned table that it names. Nothing else of it changes.
pub(super) fn with_pins(sql: &str, pins: &[Pin]) -> Result<String, PinError> {
    let tokens = tokens(sql)?;
    let mut used = Vec::new();
    for pin in pins {
        if is_named(&tokens, pin)? {
            used.push(pin);
        }
    }
    if used.is_empty() {
        return Ok(sql.to_owned());
    }
    let named = used.iter().map(|pin| pin.named_query()).collect::<Vec<_>>().join(", ");
    let own = own_queries(&tokens);
    if let Some(pin) = used.iter().find(|pin| own.iter().any(|name| name.is_name(&pin.table.sql_name()))) {
        return Err(PinError::NameTaken { table: pin.table.clone() });
    }
    let first = tokens.first().ok_or(PinError::NoQuery)?;
    let (at, inserted) = match first.token {
        token if token.is_keyword("WITH") => {
            let after_with = tokens.get(names_begin(&tokens)).ok_or(PinError::NoQuery)?;
            (after_with.start, format!("{named}, "))
        }
        token if token == Token::Symbol('(') || is_query(token) => (first.start, format!("WITH {named} ")),
        _ => return Err(PinError::NoQuery),
    };
    let (before, after) = sql.split_at_checked(at).ok_or(PinError::NoQuery)?;
    Ok(format!("{before}{inserted}{after}"))
}

fn is_query(token: Token<'_>) -> bool {
    ["SELECT", "VALUES", "TABLE"].iter().any(|keyword| token.is_keyword(keyword))
}

fn is_named(tokens: &[Place<'_>], pin: &Pin) -> Result<bool, PinError> {
    let name = pin.table.sql_name();
    let mut is_named = false;
    let mut before = None;
    for Place { token, .. } in tokens {
        if token.is_name(&name) {
            if before == Some(Token::Symbol('.')) {
                return Err(PinError::Qualified { table: pin.table.clone() });
            }
            is_named = true;
        }
        before = Some(*token);
    }
    Ok(is_named)
}

/// Behind WITH, or WITH RECURSIVE.
fn names_begin(tokens: &[Place<'_>]) -> usize {
    let token = |at: usize| tokens.get(at).map(|place| place.token);
    let is_recursive = token(1).is_some_and(|token| token.is_keyword("RECURSIVE"))
        && token(2).is_some_and(|next| next != Token::Symbol('(') && !next.is_keyword("AS"));
    if is_recursive { 2 } else { 1 }
}

/// The names that the query gives in the WITH that it begins with.
fn own_queries<'s>(tokens: &[Place<'s>]) -> Vec<Token<'s>> {
    let mut names = Vec::new();
    if !tokens.first().is_some_and(|place| place.token.is_keyword("WITH")) {
        return names;
    }
    let mut rest = tokens.iter().skip(names_begin(tokens)).map(|place| place.token);
    while let Some(name) = rest.next() {
        names.push(name);
        let has_body = skip_body(&mut rest);
        if !has_body || rest.next() != Some(Token::Symbol(',')) {
            break;
        }
    }
    names
}

/// Behind the parenthesis that follows AS.
fn skip_body<'s>(rest: &mut impl Iterator<Item = Token<'s>>) -> bool {
    let (mut depth, mut is_body) = (0_u32, false);
    for token in rest {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            token if depth == 0 && token.is_keyword("AS") => is_body = true,
            _ => {}
        }
        if token == Token::Symbol(')') && depth == 0 && is_body {
            return true;
        }
    }
    false
}
