//! What may be asked: queries, and questions about tables and plans.

use datafusion::common::TableReference;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::Statement as Sql;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::QueryError;

/// Nobody writes a longer query by hand.
const LONGEST_SQL: usize = 1024 * 1024;

/// Each may take the statement one level deeper, and what works on it one more call down the stack.
const MOST_OPERATORS: usize = 1_000;

/// One statement that only asks.
pub(crate) struct Query(Parsed);

impl Query {
    pub(crate) fn parse(sql: &str) -> Result<Self, QueryError> {
        if sql.len() > LONGEST_SQL {
            let reason = format!("it is {} bytes long, at most {LONGEST_SQL} are read", sql.len());
            return Err(QueryError::Syntax { reason });
        }
        if has_more_operators(sql, MOST_OPERATORS) {
            let reason = format!("it has more than {MOST_OPERATORS} operators and keywords; split it");
            return Err(QueryError::Syntax { reason });
        }
        let statements = DFParserBuilder::new(sql)
            .with_dialect(&GenericDialect {})
            .build()
            .and_then(|mut parser| parser.parse_statements())
            .map_err(QueryError::planning)?;
        let count = statements.len();
        let mut statements = statements.into_iter();
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            return Err(QueryError::NotOne { count });
        };
        if only_asks(&statement) {
            return Ok(Self(statement));
        }
        Err(QueryError::NotAQuery { statement: kind_of(&statement) })
    }

    pub(crate) fn into_parsed(self) -> Parsed {
        self.0
    }

    pub(crate) fn tables(&self, session: &SessionContext) -> Result<Vec<TableReference>, QueryError> {
        session.state().resolve_table_references(&self.0).map_err(QueryError::planning)
    }
}

/// Lists of columns and values may be long: they make nothing deeper. What cannot be read is for the parser to explain.
fn has_more_operators(sql: &str, most: usize) -> bool {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let is_operator = |token: &Token| match token {
        Token::Word(word) => word.keyword != Keyword::NoKeyword,
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Comma
        | Token::Whitespace(_)
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SemiColon => false,
        _ => true,
    };
    tokens.iter().filter(|token| is_operator(token)).count() > most
}

fn only_asks(statement: &Parsed) -> bool {
    match statement {
        Parsed::Statement(sql) => matches!(
            sql.as_ref(),
            Sql::Query(_)
                | Sql::ExplainTable { .. }
                | Sql::ShowTables { .. }
                | Sql::ShowColumns { .. }
                | Sql::ShowFunctions { .. }
        ),
        Parsed::Explain(explain) => only_asks(&explain.statement),
        Parsed::CreateExternalTable(_) | Parsed::CopyTo(_) | Parsed::Reset(_) => false,
    }
}

/// The words it begins with: its names and values are not needed to tell what it is.
fn kind_of(statement: &Parsed) -> String {
    let text = match statement {
        Parsed::Explain(explain) => explain.statement.to_string(),
        other => other.to_string(),
    };
    let is_keyword = |word: &&str| word.bytes().all(|byte| byte.is_ascii_uppercase());
    let words: Vec<&str> = text.split_whitespace().take_while(is_keyword).take(3).collect();
    if words.is_empty() { "this".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("SELECT 1")]
    #[test_case("with a as (select 1 as x) select * from a;")]
    #[test_case("EXPLAIN ANALYZE SELECT 1")]
    #[test_case("DESCRIBE silver_crm")]
    #[test_case("SHOW TABLES")]
    #[test_case("(SELECT 1) UNION ALL (SELECT 2)")]
    fn is_a_query(sql: &str) {
        assert!(Query::parse(sql).is_ok());
    }

    #[test_case("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'" => "CREATE EXTERNAL TABLE")]
    #[test_case("COPY (SELECT 1) TO '/tmp/stolen.csv'" => "COPY")]
    #[test_case("EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/stolen.csv'" => "COPY")]
    #[test_case("INSERT INTO silver_crm VALUES (1)" => "INSERT INTO")]
    #[test_case("DELETE FROM silver_crm" => "DELETE FROM")]
    #[test_case("SET datafusion.execution.batch_size = 1" => "SET")]
    #[test_case("CREATE VIEW v AS SELECT 1" => "CREATE VIEW")]
    #[test_case("DROP TABLE silver_crm" => "DROP TABLE")]
    #[test_case("PREPARE p AS SELECT 1" => "PREPARE")]
    fn is_refused(sql: &str) -> String {
        match Query::parse(sql).err() {
            Some(QueryError::NotAQuery { statement }) => statement,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_sql_is_refused_with_its_place() {
        let error = Query::parse("SELECT source\nFORM ops_ledger WHERE").err().unwrap();
        assert_eq!(
            error.to_string(),
            "this is no SQL: Expected: end of statement, found: ops_ledger at Line: 2, Column: 6"
        );
        assert!(matches!(Query::parse("").err(), Some(QueryError::NotOne { count: 0 })));
        assert!(matches!(Query::parse("SELECT 1; SELECT 2").err(), Some(QueryError::NotOne { count: 2 })));
        let long = format!("SELECT '{}'", "x".repeat(LONGEST_SQL));
        assert!(matches!(Query::parse(&long).err(), Some(QueryError::Syntax { .. })));
    }
}
