"""Results as Athena writes them down."""

import dataclasses
import datetime
import decimal
import math
import re

import duckdb

ATHENA_TYPES = {
    "VARCHAR": "varchar",
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    # What DuckDB makes of a sum of whole numbers.
    "HUGEINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "BLOB": "varbinary",
}
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
PRECISIONS = {"varchar": 2147483647, "integer": 10, "bigint": 19, "double": 17, "date": 0, "timestamp": 3, "boolean": 0}


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    kind: str
    precision: int = 0
    scale: int = 0


def described(sql):
    """The columns of a query that was translated."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return [column(row[0], row[1]) for row in connection.execute(f"DESCRIBE {sql}").fetchall()]


def column(name, duckdb_type):
    found = DECIMAL.fullmatch(duckdb_type)
    if found:
        return Column(name, "decimal", int(found[1]), int(found[2]))
    if duckdb_type.endswith("]"):
        return Column(name, "array")
    if duckdb_type.startswith(("MAP(", "STRUCT(")):
        return Column(name, "map" if duckdb_type.startswith("MAP") else "row")
    kind = ATHENA_TYPES[duckdb_type]
    return Column(name, kind, PRECISIONS.get(kind, 0))


def as_athena_shows(content, columns, is_first):
    """A page of results; the first has the names of the columns as its first row."""
    result = content["ResultSet"]
    for info, column in zip(result["ResultSetMetadata"]["ColumnInfo"], columns, strict=True):
        info.update(Type=column.kind, Precision=column.precision, Scale=column.scale)
    for row in result["Rows"][1 if is_first else 0 :]:
        for cell, column in zip(row["Data"], columns, strict=True):
            if "VarCharValue" in cell:
                cell["VarCharValue"] = shown(cell["VarCharValue"], column.kind)
    return content


def shown(value, kind):
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(value).isoformat(sep=" ", timespec="milliseconds")
    if kind == "decimal":
        return format(decimal.Decimal(value), "f")
    if kind == "double":
        return as_java_writes(float(value))
    return value


def as_java_writes(number):
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        digits = format(decimal.Decimal(repr(number)), "f")
        return digits if "." in digits else f"{digits}.0"
    mantissa, _, exponent = format(decimal.Decimal(repr(number)), "e").partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"
