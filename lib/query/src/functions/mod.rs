//! Functions that Athena has and the engine lacks or means otherwise, under Athena's names, so that one SQL runs on both.

mod cardinality;
mod column_of;
mod count_if;
mod date_add;
mod date_diff;
mod element_at;
mod from_utf8;
mod moment;
mod sequence;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

use cardinality::Cardinality;
use column_of::ColumnOf;
use count_if::CountIf;
use date_add::DateAdd;
use date_diff::DateDiff;
use element_at::ElementAt;
use from_utf8::FromUtf8;
use sequence::Sequence;

pub(crate) use column_of::COLUMN_OF;

pub(crate) fn register(session: &SessionContext) {
    session.register_udf(ScalarUDF::new_from_impl(Cardinality::new()));
    session.register_udf(ScalarUDF::new_from_impl(ColumnOf::new()));
    session.register_udf(ScalarUDF::new_from_impl(DateAdd::new()));
    session.register_udf(ScalarUDF::new_from_impl(DateDiff::new()));
    session.register_udf(ScalarUDF::new_from_impl(ElementAt::new()));
    session.register_udf(ScalarUDF::new_from_impl(FromUtf8::new()));
    session.register_udf(ScalarUDF::new_from_impl(Sequence::new()));
    session.register_udaf(AggregateUDF::new_from_impl(CountIf::new()));
}

#[cfg(test)]
mod testing {
    use datafusion::arrow::util::display::array_value_to_string;
    use datafusion::prelude::SessionContext;

    /// The first column of the answer, cell by cell; null is empty.
    pub(super) fn column(sql: &str) -> Result<Vec<String>, String> {
        let session = SessionContext::new();
        super::register(&session);
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let batches = runtime.block_on(async { session.sql(sql).await?.collect().await });
        let batches = batches.map_err(|error| error.strip_backtrace())?;
        let cells = batches.iter().flat_map(|batch| {
            (0..batch.num_rows()).map(|row| array_value_to_string(batch.column(0), row).unwrap())
        });
        Ok(cells.collect())
    }

    /// What an expression comes to by itself.
    pub(super) fn value(expression: &str) -> String {
        column(&format!("SELECT {expression}")).unwrap_or_else(|error| vec![error]).join("\n")
    }
}
