"""What lies in a lake's Parquet files, read by pyarrow."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
from account import at_once


def rows_of(deployment, keys, columns=None):
    """The rows of all files, in the order of the keys."""
    files = at_once(lambda key: pq.ParquetFile(io.BytesIO(deployment.get(key))).read(columns=columns), sorted(keys))
    return pa.concat_tables(files).to_pylist() if files else []


def of_version(entry):
    """The files of the version that an entry of a log makes current."""
    return [file["key"] for file in entry["content"]["files"]]


def schemas_of(deployment, keys):
    """What the files say of their columns, once where they agree."""
    return set(at_once(lambda key: pq.read_schema(io.BytesIO(deployment.get(key))).remove_metadata(), sorted(keys)))
