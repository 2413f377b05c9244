//! `UNNEST(reasons) AS t(reason, points)`: of an array of structures each member becomes a column, of a map its keys and its
//! values. The engine makes one column of each thing that is unnested, so each is taken out before.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName,
    TableFactor, Value, VisitMut, VisitorMut,
};

use crate::functions::COLUMN_OF;

pub(crate) fn unnest_each_column(statement: &mut Parsed) {
    match statement {
        Parsed::Statement(sql) => {
            let _ = sql.visit(&mut EachColumn);
        }
        Parsed::Explain(explain) => unnest_each_column(&mut explain.statement),
        Parsed::CreateExternalTable(_) | Parsed::CopyTo(_) | Parsed::Reset(_) => {}
    }
}

struct EachColumn;

impl VisitorMut for EachColumn {
    type Break = ();

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::UNNEST { alias: Some(alias), array_exprs, .. } = factor
            && let [rows] = array_exprs.as_slice()
            && alias.columns.len() > 1
        {
            let count = alias.columns.len();
            *array_exprs = (1..=count).map(|number| column_of(rows, number, count)).collect();
        }
        ControlFlow::Continue(())
    }
}

fn column_of(rows: &Expr, number: usize, count: usize) -> Expr {
    let whole = |number: usize| Expr::value(Value::Number(number.to_string(), false));
    let arguments = [rows.clone(), whole(number), whole(count)];
    let argument = |argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(COLUMN_OF)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.map(argument).into(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
