//! Functions that Athena has and the engine lacks, under Athena's names, so that one SQL runs on both.

mod from_utf8;

use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

use from_utf8::FromUtf8;

pub(crate) fn register(session: &SessionContext) {
    session.register_udf(ScalarUDF::new_from_impl(FromUtf8::new()));
}
