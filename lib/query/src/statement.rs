//! What may be asked: queries, and questions about tables and plans.

use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Statement as Sql, visit_expressions};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::QueryError;
use crate::unnest::unnest_each_column;

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
        let (Some(mut statement), None) = (statements.next(), statements.next()) else {
            return Err(QueryError::NotOne { count });
        };
        if only_asks(&statement) {
            refuse_what_is_misread(&statement)?;
            unnest_each_column(&mut statement);
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

/// The parser takes all that follows `IS DISTINCT FROM` for its right side, which may have another answer.
fn refuse_what_is_misread(statement: &Parsed) -> Result<(), QueryError> {
    let sql = match statement {
        Parsed::Statement(sql) => sql,
        Parsed::Explain(explain) => return refuse_what_is_misread(&explain.statement),
        Parsed::CreateExternalTable(_) | Parsed::CopyTo(_) | Parsed::Reset(_) => return Ok(()),
    };
    let is_misread = |expression: &Expr| match expression {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => {
            matches!(
                right.as_ref(),
                Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor, .. }
            )
        }
        _ => false,
    };
    let visited = visit_expressions(sql, |expression| {
        if is_misread(expression) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if visited.is_continue() {
        return Ok(());
    }
    let reason = "IS DISTINCT FROM takes all that follows for its right side; \
                  put parentheses around it: (a IS NOT DISTINCT FROM b) AND c";
    Err(QueryError::Syntax { reason: reason.to_owned() })
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

    #[test_case("SELECT 1 WHERE a IS NOT DISTINCT FROM b AND c" => false)]
    #[test_case("SELECT x FROM (SELECT NOT a IS DISTINCT FROM b OR c AS x)" => false)]
    #[test_case("EXPLAIN SELECT a IS NOT DISTINCT FROM b AND c" => false)]
    #[test_case("SELECT (a IS NOT DISTINCT FROM b) AND c" => true)]
    #[test_case("SELECT c AND a IS DISTINCT FROM b + 1" => true)]
    #[test_case("SELECT a IS DISTINCT FROM (b AND c)" => true)]
    fn is_read_as_it_is_meant(sql: &str) -> bool {
        Query::parse(sql).is_ok()
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
