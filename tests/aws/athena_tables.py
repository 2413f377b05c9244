"""The rows of a table of Glue: what its partitions hold, in the types that it declares."""

import functools
import hashlib
import json
import os

import duckdb
from botocore.exceptions import ClientError
from sqlglot import exp

ZONED, PLAIN = "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"
JSON_SERDES = ("org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe")
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


class Unreadable(Exception):
    """Why a query fails, in Athena's words as far as they are known."""


class Tables:
    def __init__(self, s3, glue, folder):
        self.s3 = s3
        self.glue = glue
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def file_of(self, database, name):
        """A Parquet file with the table's rows as they are now, and how many bytes were read for it."""
        table = self.table(database, name)
        parts = self.parts(table)
        size = sum(size for _, _, files in parts for _, _, size in files)
        key = hashlib.sha256(json.dumps([columns_of(table), parts], default=str).encode()).hexdigest()
        path = self.folder / f"{name}-{key[:20]}.parquet"
        if not path.exists():
            self.write(table, parts, path)
        return path, size

    def table(self, database, name):
        try:
            return self.glue.get_table(DatabaseName=database, Name=name.lower())["Table"]
        except ClientError as error:
            raise Unreadable(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{database}.{name}' does not exist") from error

    def parts(self, table):
        """Values, location and files of each partition; a table without keys is one part."""
        keys = table.get("PartitionKeys") or []
        root = table["StorageDescriptor"]["Location"]
        below = self.files(root)
        if not keys:
            return [([], root, below)]
        asked = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
        registered = self.glue.get_paginator("get_partitions").paginate(**asked)
        partitions = [partition for page in registered for partition in page["Partitions"]]
        return [self.part(partition, root, below) for partition in partitions]

    def part(self, partition, root, below):
        location = ended(partition["StorageDescriptor"]["Location"])
        within = location.startswith(ended(root))
        files = [file for file in below if file[0].startswith(location)] if within else self.files(location)
        return partition["Values"], location, files

    def files(self, location):
        """Address, ETag and size of each file, but for those that Athena does not see."""
        bucket, _, prefix = ended(location).removeprefix("s3://").partition("/")
        found = []
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for file in page.get("Contents", []):
                parts = file["Key"].removeprefix(prefix).split("/")
                if file["Size"] and not any(part.startswith(("_", ".")) for part in parts):
                    found.append((f"s3://{bucket}/{file['Key']}", file["ETag"], file["Size"]))
        return found

    def write(self, table, parts, path):
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        columns, keys = columns_of(table)
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns + keys)
        rows = [f"SELECT {nothing} WHERE false"]
        for values, _, files in parts:
            local = [self.local(address, etag) for address, etag, _ in files]
            if local:
                described = zip(keys, values, strict=True)
                partition = [f"CAST({text(value)} AS {kind}) AS {quoted(name)}" for (name, kind), value in described]
                listed = ", ".join(cells(connection, table, columns, local) + partition)
                rows.append(f"SELECT {listed} FROM {relation(table, columns, local)}")
        unfinished = path.with_suffix(".unfinished")
        try:
            connection.execute(f"COPY ({' UNION ALL '.join(rows)}) TO {text(unfinished)} (FORMAT parquet)")
        except duckdb.Error as error:
            raise Unreadable(f"HIVE_BAD_DATA: {table['Name']}: {str(error).splitlines()[0]}") from error
        os.replace(unfinished, path)

    def local(self, address, etag):
        name = address.rpartition("/")[2]
        path = self.folder / f"{hashlib.sha256(f'{address} {etag}'.encode()).hexdigest()[:20]}-{name}"
        if not path.exists():
            bucket, _, key = address.removeprefix("s3://").partition("/")
            path.write_bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return path


def columns_of(table):
    """Columns and partition keys, with types as DuckDB writes them."""
    listed = table["StorageDescriptor"].get("Columns", []), table.get("PartitionKeys") or []
    return [[(column["Name"], in_duckdb(column["Type"])) for column in columns] for columns in listed]


@functools.cache
def in_duckdb(hive_type):
    written = exp.DataType.build(hive_type, dialect="hive").sql(dialect="duckdb")
    [(name,)] = duckdb.execute(f"SELECT typeof(CAST(NULL AS {written}))").fetchall()
    return name


def relation(table, columns, files):
    serde = table["StorageDescriptor"]["SerdeInfo"]
    library, options = serde["SerializationLibrary"], serde.get("Parameters") or {}
    listed = "[" + ", ".join(text(file) for file in files) + "]"
    if library == PARQUET_SERDE:
        return f"read_parquet({listed}, union_by_name = true, hive_partitioning = false)"
    if library not in JSON_SERDES:
        raise Unreadable(f"HIVE_UNSUPPORTED_FORMAT: {library}")
    read = ", ".join(f"{text(options.get(f'mapping.{name}', name))}: {text(kind)}" for name, kind in columns)
    is_lenient = options.get("ignore.malformed.json", "false").lower()
    return (
        f"read_json({listed}, columns = {{{read}}}, format = 'newline_delimited', ignore_errors = {is_lenient}, "
        "hive_partitioning = false, maximum_object_size = 67108864)"
    )


def cells(connection, table, columns, files):
    """Each column of the table, when what the files hold is of its type."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation(table, columns, files)}").fetchall()
    found = {row[0]: row[1] for row in described}
    return [cell(table, name, kind, found.get(name)) for name, kind in columns]


def cell(table, name, declared, found):
    if found is None:
        return f"CAST(NULL AS {declared}) AS {quoted(name)}"
    if found.replace(ZONED, PLAIN) != declared:
        raise Unreadable(f"HIVE_BAD_DATA: Field {name}'s type {found} is incompatible with type {declared} of {table['Name']}")
    value = f"CAST({quoted(name)} AS {declared})"
    if declared == PLAIN:
        value = f"date_trunc('millisecond', {value} + INTERVAL 500 MICROSECOND)"
    return f"{value} AS {quoted(name)}"


def ended(location):
    return location.rstrip("/") + "/"


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def text(value):
    return "'" + str(value).replace("'", "''") + "'"
