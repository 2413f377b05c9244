"""Bronze to gold with DuckDB. Usage: duckdb_people.py LAKE DOMAINS

The same work as `leadlake ingest` and `leadlake score`: duckdb_silver.py, and in the same process, which saves a second start,
who is whose event, what was known of each lead on each day, features and scores.

What was tried, so that nobody needs to try it again:

- What was known at the end of each day: a running window over days put together first takes two thirds of the CPU of joining each
  version with all events before it. Sorting by hand, for windows that stream, costs more than it saves.
- Latest values: a running maximum of the event's number, and a join for the value, takes a third of the CPU of arg_max of
  the value with a window over that. The number comes from ordering four narrow columns; sorting whole rows costs five times as much.
- Repeated ids are found by grouping and only those put in order, as in silver. People are numbered by a 64-bit hash of their address.
- A view of leads instead of a table, and writing the history without a table in between, cost more: both are read twice.
- Lists of addresses, phones and ids, and days on which more was done than counts: whoever has one of each, and whatever day is
  below all caps, is most of them, so only the others are looked at in full.

Where its rules are not those of leadlake. None of it changes what comes of the generated events, in any column but lead_id and,
where an id came twice on one day, arrived_at:

- Who has no address is who else has the CRM's id or the phone, where that is one person. Names are not compared (some are in
  another script), nor cities, and nothing is held back for a review: people with two addresses or ids are never joined, no name
  is compared by likeness, and no phone of a company is recognised.
- Ids are the first 24 digits of an MD5 of the address under a secret. They change when the address does and from run to run; the names
  of lead_aliases are those of addresses, phones and CRM ids. There are no lead_joins and lead_review.
- No point in the past: everything that is in silver has happened. An earlier run is not built upon.
- last_purchase_at does not go back when a purchase is undone.
- Cities are known by a list of names, not by their sound in any script.
- Rules and weights of scoring.yaml are written out; those that are zero there are left out.
- Rows are in no order, each table is one file that appears while it is written, and there is no log of versions.
"""

import secrets
import sys
from datetime import datetime, timezone
from pathlib import Path

import duckdb
import duckdb_silver
from duckdb_known import (
    ALIASES,
    EVENTS,
    IDS,
    OWNERS,
    PROFILE,
    PURCHASES,
    REPEATED,
    SEVERAL,
    by_day,
    by_version,
    known,
    read_silver,
)
from duckdb_scores import (
    ACTIVITY,
    DECISIONS,
    FEATURE_COLUMNS,
    FEATURES,
    LEAD_COLUMNS,
    LEADS,
    LOCATIONS,
    SCORED,
    SCORES,
    TOUCHES,
    told_in,
)
from duckdb_silver import PARQUET, quote
from marks import mark
from rules import (
    LEAD_EVENT_COLUMNS,
    SOURCE_NAMES,
)


def write(connection: duckdb.DuckDBPyConnection, lake: Path, table: str, rows: str) -> None:
    (lake / table).mkdir(parents=True, exist_ok=True)
    connection.execute(f"COPY ({rows}) TO {quote(lake / table / 'part-00000.parquet')} ({PARQUET})")


def resolve_and_score(connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
    secret = quote(secrets.token_hex())
    connection.execute("SET GLOBAL preserve_insertion_order = false")
    connection.execute(f"CREATE TYPE source AS ENUM {SOURCE_NAMES}")
    connection.execute(f"SET VARIABLE as_of = TIMESTAMPTZ '{datetime.now(timezone.utc)}'")
    connection.execute(read_silver(lake))
    connection.execute(REPEATED)
    for name in ("crm_id", "phone"):
        connection.execute(OWNERS.format(name=name))
    connection.execute(EVENTS)
    connection.execute("DROP TABLE read")
    connection.execute(IDS.format(secret=secret))
    columns = ", ".join(LEAD_EVENT_COLUMNS)
    write(connection, lake, "silver/lead_aliases", ALIASES.format(secret=secret))
    write(connection, lake, "silver/lead_events", f"SELECT {columns} FROM events JOIN ids USING (person)")
    for statement in (PURCHASES, by_day(), by_version(), SEVERAL, known()):
        connection.execute(statement)
    history = f"SELECT lead_id, valid_from, valid_to, valid_to IS NULL AS is_current, {', '.join(PROFILE)} FROM known"
    write(connection, lake, "silver/lead_history", history)
    for statement in (DECISIONS, ACTIVITY, TOUCHES, told_in(), LEADS):
        connection.execute(statement)
    write(connection, lake, "silver/leads", f"SELECT {', '.join(LEAD_COLUMNS)} FROM leads")
    for statement in (LOCATIONS, FEATURES, SCORED):
        connection.execute(statement)
    write(connection, lake, "features/leads", f"SELECT {', '.join(FEATURE_COLUMNS)} FROM features")
    write(connection, lake, "gold/lead_scores", SCORES)


def main() -> None:
    lake, domains = Path(sys.argv[1]), Path(sys.argv[2])
    connection = duckdb_silver.refine_all(lake, domains)
    mark("silver")
    resolve_and_score(connection, lake)


if __name__ == "__main__":
    main()
