"""Prints the rows in a lake's silver and quarantine as JSON. Usage: count_rows.py LAKE"""

import json
import sys
from pathlib import Path

import duckdb
from sources import SOURCES


def rows_below(folder: Path) -> int:
    if not any(folder.glob("*/*.parquet")):
        return 0
    files = str(folder / "*" / "*.parquet")
    (rows,) = duckdb.execute("SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)", [files]).fetchone()
    return rows


lake = Path(sys.argv[1])
layers = ("silver", "quarantine")
print(json.dumps({layer: {source.name: rows_below(lake / layer / source.name) for source in SOURCES} for layer in layers}))
