//! `column_of(array, number, count)`: of an array of structures with so many members the array of one of them; of a map its
//! keys or its values. `UNNEST` of several columns comes to this.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use datafusion::arrow::compute::{is_null, nullif};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

pub(crate) const COLUMN_OF: &str = "column_of";

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ColumnOf {
    signature: Signature,
}

impl ColumnOf {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ColumnOf {
    fn name(&self) -> &str {
        COLUMN_OF
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        let [rows, ..] = arguments else {
            return Err(misused());
        };
        Ok(vec![rows.clone(), DataType::Int64, DataType::Int64])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Err(misused())
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef, DataFusionError> {
        let ([rows, ..], [_, Some(number), Some(count)]) = (arguments.arg_fields, arguments.scalar_arguments)
        else {
            return Err(misused());
        };
        let members = members_of(rows.data_type()).ok_or_else(misused)?;
        if as_index(count) != Some(members.len()) {
            let names: Vec<&str> = members.iter().map(|member| member.name().as_str()).collect();
            let told = format!(
                "UNNEST makes {} columns of this ({}); name as many: UNNEST(...) AS t({})",
                names.len(),
                names.join(", "),
                names.join(", ")
            );
            return Err(DataFusionError::Plan(told));
        }
        let member = member_at(members, number).ok_or_else(misused)?;
        Ok(Arc::new(Field::new(COLUMN_OF, DataType::List(item_of(member)), true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let [rows, ColumnarValue::Scalar(number), _] = arguments.args.as_slice() else {
            return Err(misused());
        };
        let [rows] =
            ColumnarValue::values_to_arrays(std::slice::from_ref(rows))?.try_into().map_err(|_| misused())?;
        let (items, offsets) = match rows.data_type() {
            DataType::Map(..) => (rows.as_map().entries(), rows.as_map().offsets()),
            DataType::List(item) if matches!(item.data_type(), DataType::Struct(_)) => {
                (rows.as_list::<i32>().values().as_struct(), rows.as_list::<i32>().offsets())
            }
            _ => return Err(misused()),
        };
        let member = member_at(items.fields(), number).ok_or_else(misused)?;
        let values = column_at(items, number).ok_or_else(misused)?;
        // Of a structure that is null every member is.
        let values =
            if items.null_count() > 0 { nullif(values, &is_null(items)?)? } else { Arc::clone(values) };
        let column = ListArray::try_new(item_of(member), offsets.clone(), values, rows.nulls().cloned())?;
        Ok(ColumnarValue::Array(Arc::new(column)))
    }
}

fn members_of(rows: &DataType) -> Option<&Fields> {
    match rows {
        DataType::List(item) | DataType::Map(item, _) => match item.data_type() {
            DataType::Struct(members) => Some(members),
            _ => None,
        },
        _ => None,
    }
}

fn as_index(number: &ScalarValue) -> Option<usize> {
    match number {
        ScalarValue::Int64(Some(number)) => usize::try_from(*number).ok(),
        _ => None,
    }
}

fn member_at<'m>(members: &'m Fields, number: &ScalarValue) -> Option<&'m FieldRef> {
    members.get(as_index(number)?.checked_sub(1)?)
}

fn column_at<'i>(items: &'i StructArray, number: &ScalarValue) -> Option<&'i ArrayRef> {
    items.columns().get(as_index(number)?.checked_sub(1)?)
}

fn item_of(member: &Field) -> FieldRef {
    Arc::new(Field::new_list_field(member.data_type().clone(), true))
}

fn misused() -> DataFusionError {
    let usage = "UNNEST makes several columns of a map or of an array of structures only; \
                 of several arrays it makes one each: UNNEST(a, b) AS t(x, y)";
    DataFusionError::Plan(usage.to_owned())
}
