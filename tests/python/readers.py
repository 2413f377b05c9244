"""Parquet as two engines that are not ours read it."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

INSTANT = pa.timestamp("us", "UTC")
AMOUNT = pa.decimal128(18, 2)

# Athena's words, in which contracts speak.
ARROW_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "decimal(18,2)": AMOUNT,
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": INSTANT,
    "date": pa.date32(),
}

DUCKDB_TYPES = {
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.int64(): "BIGINT",
    AMOUNT: "DECIMAL(18,2)",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    INSTANT: "TIMESTAMP WITH TIME ZONE",
    pa.date32(): "DATE",
}

QUARANTINE = pa.schema(
    [
        pa.field(name, data_type, nullable=False)
        for name, data_type in [
            ("code", pa.string()),
            ("path", pa.string()),
            ("expected", pa.string()),
            ("actual", pa.string()),
            ("original", pa.binary()),
            ("original_is_whole", pa.bool_()),
            ("object_key", pa.string()),
            ("object_line", pa.int64()),
            ("byte_offset", pa.int64()),
            ("byte_length", pa.int64()),
            ("contract_version", pa.string()),
            ("arrived_at", INSTANT),
        ]
    ]
)


def custom(properties):
    return {entry["property"]: entry["value"] for entry in properties.get("customProperties", [])}


def silver_schema(contract_file):
    """The columns that a contract promises."""
    [table] = yaml.safe_load(contract_file.read_text())["schema"]
    columns = []
    for column in table["properties"]:
        required = column.get("required", False)
        columns.append(pa.field(column["name"], ARROW_TYPES[column["physicalType"]], nullable=not required))
        if custom(column).get("keepOriginal"):
            columns.append(pa.field(f"{column['name']}_original", pa.string()))
    return pa.schema(
        columns
        + [
            pa.field("event_id_from_content", pa.bool_(), nullable=False),
            pa.field("extra", pa.string()),
            pa.field("invalid", pa.string()),
            pa.field("object_key", pa.string(), nullable=False),
            pa.field("object_line", pa.int64(), nullable=False),
            pa.field("contract_version", pa.string(), nullable=False),
            pa.field("arrived_at", INSTANT, nullable=False),
        ]
    )


def database():
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def read_with_both(path, schema):
    """The file's rows, when both engines find the same ones, of these types."""
    by_pyarrow = pq.ParquetFile(path).read().replace_schema_metadata()
    assert by_pyarrow.schema.equals(schema), f"{path}: {by_pyarrow.schema}"
    relation = database().from_parquet(str(path), hive_partitioning=False)
    types = [(name, str(data_type)) for name, data_type in zip(relation.columns, relation.types, strict=True)]
    assert types == [(column.name, DUCKDB_TYPES[column.type]) for column in schema], path
    by_duckdb = relation.to_arrow_table()
    assert by_duckdb.schema.types == schema.types, path
    assert pa.Table.from_arrays(by_duckdb.columns, schema=schema).equals(by_pyarrow), path
    return by_pyarrow
