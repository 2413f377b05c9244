"""Bronze to silver with DuckDB. Usage: duckdb_silver.py LAKE DOMAINS

The same work as `leadlake ingest`, as DuckDB is meant to be used: a few SQL statements per source, on two threads.

What was tried, so that nobody needs to try it again:

- read_json drops the text of a line that is no JSON, and no reader numbers lines, so lines are read as a CSV of one column into
  a table whose row ids number them, and parsed from there by from_json.
- One statement over all objects of a source costs less than one for each object. Two sources at a time save a fifth of the
  wall time over one, and take half as much memory again.
- Repeated events are found by grouping: numbering them in a window costs twice as much.
- Trimming more than spaces costs four times as much as trimming spaces.
- PARTITION_BY costs as much as a statement for each day, and loses the order of ORDER BY, with one thread too. It is left to
  quarantine, which has no order.
- Smaller row groups for the tables in between change nothing.

Where its rules are not those of leadlake. None of it changes which generated events are accepted:

- Phones: Indian mobile numbers only. Emails: ASCII only, labels of any length. Timestamps: RFC 3339, no rarer spellings.
- Only spaces are trimmed, not every white space of Unicode.
- Not checked: a key given twice (the first one counts), control characters, depth and size of a record, the share of refusals
  at which an object is refused whole. Numbers in ranges go through floats. A line that is not UTF-8 aborts the run. A comma
  behind the last member of an object is taken for JSON.
- Text and numbers look alike once read: a timeframe of "15" counts as a number.
- An alias that lost to the preferred name is not kept in `extra`, and what is kept there loses its layout.
- Ids from content are 64-bit hashes of the fields.
- Refusals carry code, line and original, but no path, expected and actual. There is no ledger and no checksum; a file holds the
  events of all objects of a day, and appears while it is written.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
from sources import (
    AHEAD_OF_ARRIVAL,
    CONTRACT_VERSION,
    DECIMALS,
    EARLIEST_EVENT,
    PRECISION,
    SOURCES,
    THREADS,
    ZSTD_LEVEL,
    Field,
    Source,
    list_objects,
)

PROVENANCE = ("object_key", "object_line", "contract_version", "arrived_at")
PRICE_TYPE = f"DECIMAL({PRECISION}, {DECIMALS})"


def quote(text: object) -> str:
    escaped = str(text).replace("'", "''")
    return f"'{escaped}'"


def texts(values) -> str:
    return f"({', '.join(quote(value) for value in values)})"


ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
ADDRESS = quote(rf"{ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+[0-9]*[a-z](?:[a-z0-9-]*[a-z0-9])?")
INDIAN_MOBILE = quote(r"^(?:\+91|0091|91|0)?([6-9][0-9]{9})$")
WHOLE_NUMBER = quote(r"^([+-]?[0-9]+)(?:\.0*)?$")
PRICE = quote(r"[+-]?[0-9]+(?:\.[0-9]{1,2}0*)?")
INSTANT = quote(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d(?::?\d\d)?)")

CURRENCY = r"(?:₹|\$|€|rs\.?|inr|rupees|usd|eur)?"
TENS = r"(k|thousand|lakhs?|lacs?|l|million|mn|m|crores?|cr)?"
AMOUNT = rf"{CURRENCY}\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*{TENS}\s*{CURRENCY}(?:/-)?"
RANGE = quote(
    rf"(?i)^(?:(<=?|≤|under|below|upto|within|up to|less than|at most)|(>=?|≥|over|above|more than|at least))?\s*{AMOUNT}\s*"
    rf"(?:(\+|plus|onwards|and above|or above|or more)|(?:-|–|—|to)\s*{AMOUNT})?$"
)
RANGE_PARTS = "['at_most', 'at_least', 'first', 'first_unit', 'open_above', 'second', 'second_unit']"
UNIT = "(days?|d|weeks?|wks?|w|months?|mos?|years?|yrs?|y)?"
SPAN = quote(
    r"(?i)^(?:<=?|>=?|less than|more than|up to|upto|within|in|under|over|next)?\s*"
    rf"([0-9]{{1,9}})\s*\+?\s*{UNIT}\s*\+?\s*(?:(?:-|–|—|to)\s*([0-9]{{1,9}})\s*{UNIT})?$"
)
SPAN_PARTS = "['first', 'first_unit', 'second', 'second_unit']"
NOW = texts(("immediately", "immediate", "now", "today"))


def given(field: Field) -> str:
    """The value as received, trimmed, of the preferred name that has one."""
    trimmed = [f"nullif(trim(read.{name}), '')" for name in field.inputs]
    return f"coalesce({', '.join(trimmed)})"


def tens(unit: str) -> str:
    return f"CASE lower({unit}[1]) WHEN 'k' THEN 1e3 WHEN 't' THEN 1e3 WHEN 'l' THEN 1e5 WHEN 'm' THEN 1e6 WHEN 'c' THEN 1e7 END"


def days(unit: str) -> str:
    return f"CASE lower({unit}[1]) WHEN 'd' THEN 1 WHEN 'w' THEN 7 WHEN 'm' THEN 30 WHEN 'y' THEN 365 END"


def within(field: Field, value: str) -> str:
    fits = [f"{value} >= {field.lowest}"] if field.lowest is not None else []
    fits += [f"{value} <= {field.highest}"] if field.highest is not None else []
    return f"CASE WHEN {' AND '.join(fits)} THEN {value} END" if fits else value


def read_value(field: Field) -> dict[str, str]:
    """Of each column that the field fills, or that one of these is made from, its expression."""
    text = f"given_{field.name}"
    match field.kind:
        case "text" if field.allowed:
            return {field.name: f"CASE WHEN lower({text}) IN {texts(field.allowed)} THEN lower({text}) END"}
        case "text":
            fits = f"length({text}) BETWEEN {field.shortest} AND {field.longest}"
            return {field.name: f"CASE WHEN {fits} THEN nfc_normalize({text}) END"}
        case "email":
            fits = f"regexp_full_match(lower({text}), {ADDRESS}) AND strlen({text}) <= {field.longest}"
            return {field.name: f"CASE WHEN {fits} AND strpos({text}, '@') <= 65 THEN lower({text}) END"}
        case "phone":
            national = f"regexp_extract(translate({text}, ' ().-', ''), {INDIAN_MOBILE}, 1)"
            return {field.name: f"'+91' || nullif({national}, '')"}
        case "integer":
            return {field.name: within(field, f"TRY_CAST(regexp_extract({text}, {WHOLE_NUMBER}, 1) AS BIGINT)")}
        case "decimal":
            number = f"CASE WHEN regexp_full_match({text}, {PRICE}) THEN TRY_CAST({text} AS {PRICE_TYPE}) END"
            return {field.name: within(field, f"({number})")}
        case "time":
            return {field.name: f"CASE WHEN regexp_full_match({text}, {INSTANT}) THEN TRY_CAST({text} AS TIMESTAMPTZ) END"}
        case "range":
            return {f"{field.name}_parts": f"regexp_extract({text}, {RANGE}, {RANGE_PARTS})"}
        case "days":
            return {f"{field.name}_parts": f"regexp_extract({text}, {SPAN}, {SPAN_PARTS})"}
    raise ValueError(field.kind)


def read_parts(field: Field) -> dict[str, str]:
    """What a phrase of numbers and units is made of."""
    part = f"{field.name}_parts"
    numbers = {f"{field.name}_{end}": f"TRY_CAST(replace({part}.{end}, ',', '') AS DOUBLE)" for end in ("first", "second")}
    match field.kind:
        case "range":
            factors = {f"{field.name}_{end}_factor": tens(f"{part}.{end}_unit") for end in ("first", "second")}
        case "days":
            factors = {f"{field.name}_{end}_factor": days(f"{part}.{end}_unit") for end in ("first", "second")}
        case _:
            return {}
    return numbers | factors


def join_parts(field: Field) -> dict[str, str]:
    first, second = f"{field.name}_first", f"{field.name}_second"
    plain = f"{first} * coalesce({first}_factor, 1)"
    carried = f"{first} * coalesce({first}_factor, {second}_factor, 1)"
    match field.kind:
        case "range":
            part = f"{field.name}_parts"
            high = f"{second} * coalesce({second}_factor, 1)"
            low = f"CASE WHEN {carried} <= {high} THEN {carried} ELSE {plain} END"
            fits = f"{first} IS NOT NULL AND ({second} IS NULL OR {plain} <= {high})"
            has_low = f"{fits} AND {part}.at_most = ''"
            has_high = f"{fits} AND {part}.at_least = '' AND {part}.open_above = ''"
            return {
                f"{field.name}_low": f"CASE WHEN {has_low} THEN ({low})::{PRICE_TYPE} END",
                f"{field.name}_high": f"CASE WHEN {has_high} THEN coalesce({high}, {plain})::{PRICE_TYPE} END",
                f"{field.name}_fits": fits,
            }
        case "days":
            text = f"given_{field.name}"
            end = f"{second} * coalesce({second}_factor, {first}_factor, 1)"
            span = f"CASE WHEN {second} IS NULL THEN {plain} WHEN {carried} <= {end} THEN {end} END"
            now = f"CASE WHEN lower({text}) IN {NOW} THEN 0 END"
            number = f"TRY_CAST(regexp_extract({text}, {WHOLE_NUMBER}, 1) AS BIGINT)"
            return {field.name: within(field, f"coalesce({number}, ({span})::BIGINT, {now})")}
    return {}


def is_unfit(field: Field) -> str:
    fits = f"{field.name}_fits" if field.kind == "range" else f"{field.name} IS NOT NULL"
    return f"(given_{field.name} IS NOT NULL AND NOT ({fits}))"


def refusals(source: Source) -> str:
    cases = ["WHEN NOT is_json THEN 'not_json'", f"WHEN {is_unfit(source.fields[0])} THEN 'too_long'"]
    for field in source.fields:
        if not field.required:
            continue
        cases.append(f"WHEN given_{field.name} IS NULL THEN 'missing'")
        wrong = {"time": "not_a_timestamp", "email": "not_an_email"}.get(field.kind, "not_allowed" if field.allowed else "too_long")
        cases.append(f"WHEN {field.name} IS NULL THEN '{wrong}'")
        if field.kind == "time":
            hours = AHEAD_OF_ARRIVAL.total_seconds() // 3600
            cases.append(f"WHEN {field.name} < TIMESTAMPTZ '{EARLIEST_EVENT}' THEN 'out_of_range'")
            cases.append(f"WHEN {field.name} > arrived_at + to_hours({hours:.0f}) THEN 'ahead_of_arrival'")
    if source.any_of:
        nobody = " AND ".join(f"{name} IS NULL" for name in source.any_of)
        cases.append(f"WHEN {nobody} THEN 'no_identity'")
    return f"CASE {' '.join(cases)} END"


def columns_of(field: Field) -> list[str]:
    return [f"{field.name}_low", f"{field.name}_high"] if field.kind == "range" else [field.name]


def invalid_values(fields: list[Field]) -> str:
    members = []
    for field in fields:
        written = [f"line->'$.{name}'" for name in field.inputs]
        value = f"CASE WHEN {is_unfit(field)} THEN coalesce({', '.join(written)}) END"
        members += [f"{quote(column)}, {value}" for column in columns_of(field)]
    any_unfit = " OR ".join(is_unfit(field) for field in fields)
    return f"CASE WHEN {any_unfit} THEN json_strip_nulls(json_object({', '.join(members)}))::VARCHAR END"


def unknown_members(source: Source) -> str:
    """A merge patch of nulls takes the known members away."""
    read = " + ".join(f"(read.{name} IS NOT NULL)::BIGINT" for name in source.inputs)
    nothing = "{" + ", ".join(f'"{name}": null' for name in source.inputs) + "}"
    rest = f"nullif(json_merge_patch(line, {quote(nothing)})::VARCHAR, '{{}}')"
    return f"CASE WHEN is_json AND len(json_keys(line)) <> {read} THEN {rest} END"


def original(field: Field) -> str:
    received = f"coalesce({', '.join(f'read.{name}' for name in field.inputs)})"
    kept = f"regexp_full_match({received}, '[0-9]+')" if field.kind == "days" else f"{received} = {field.name}"
    as_received = f"coalesce({field.name} IS NOT NULL AND {kept}, false)"
    return f"CASE WHEN given_{field.name} IS NOT NULL AND NOT {as_received} THEN {received} END"


def silver_columns(field: Field) -> list[str]:
    columns = columns_of(field)
    columns += [f"{field.name}_original"] if field.keeps_original else []
    return columns + ["email_is_disposable"] if field.kind == "email" else columns


def expressions(named: dict[str, str]) -> str:
    return ",\n    ".join(f"{expression} AS {name}" if name != expression else name for name, expression in named.items())


def judge(source: Source) -> str:
    """The statement that reads and judges each line; nothing is stored of its steps but their end."""
    optional = [field for field in source.fields[1:] if not field.required]
    structure = "{" + ", ".join(f'"{name}": "VARCHAR"' for name in source.inputs) + "}"
    given_fields = {f"given_{field.name}": given(field) for field in source.fields}
    values = {name: value for field in source.fields for name, value in read_value(field).items()}
    parts = {name: part for field in source.fields for name, part in read_parts(field).items()}
    joined = {name: value for field in source.fields for name, value in join_parts(field).items()}
    contract = [column for field in source.fields for column in columns_of(field) if column != "event_id"]
    originals = {f"{field.name}_original": original(field) for field in source.fields if field.keeps_original}
    judged = {
        "code": refusals(source),
        "event_id": "coalesce(event_id, 'content-' || hash(read))",
        "event_id_from_content": "given_event_id IS NULL",
        "domain": "split_part(email, '@', 2)",
        **originals,
        "extra": unknown_members(source),
        "invalid": invalid_values(optional),
    }
    return f"""
CREATE TEMP TABLE judged AS
WITH parsed AS (
  SELECT lines.rowid AS place, filename, line, arrived_at, json_valid(line) AND ltrim(line)[1] = '{{' AS is_json,
    CASE WHEN is_json THEN from_json(line, {quote(structure)}) END AS read
  FROM lines JOIN objects USING (filename)
  WHERE line IS NOT NULL
),
given AS (SELECT *, {expressions(given_fields)} FROM parsed),
valued AS (SELECT *, {expressions(values)} FROM given),
cut AS (SELECT {expressions({"*": "*"} | parts)} FROM valued),
whole AS (SELECT {expressions({"*": "*"} | joined)} FROM cut)
SELECT place, filename, {", ".join(contract)},
    {expressions(judged)}
FROM whole"""


REPEATED = """
CREATE TEMP TABLE repeated AS
WITH ids AS (
  SELECT filename, event_id, min(place) AS first FROM judged WHERE code IS NULL GROUP BY ALL HAVING count(*) > 1
)
SELECT judged.place, again.line <> first.line AS is_reused
FROM judged
JOIN ids USING (filename, event_id)
JOIN lines again ON again.rowid = judged.place
JOIN lines first ON first.rowid = ids.first
WHERE code IS NULL AND judged.place <> ids.first"""

DISPOSABLE = """
CREATE TEMP TABLE disposable_here AS
WITH domains AS (SELECT DISTINCT domain FROM judged WHERE domain IS NOT NULL),
levels AS (
  SELECT domain, array_to_string(string_split(domain, '.')[-labels:], '.') AS listed
  FROM domains, range(2, 2 + len(string_split(domain, '.'))) AS counted(labels)
)
SELECT DISTINCT levels.domain FROM levels SEMI JOIN disposable ON disposable.domain = listed"""

PARQUET = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {ZSTD_LEVEL}"


def refine(connection: duckdb.DuckDBPyConnection, lake: Path, source: Source) -> None:
    objects = list_objects(lake, source)
    if not objects:
        return
    values = ", ".join(
        f"({quote(bronze.path)}, {quote(bronze.key)}, '{bronze.day}', TIMESTAMPTZ '{bronze.arrived}')" for bronze in objects
    )
    paths = ", ".join(quote(bronze.path) for bronze in objects)
    connection.execute(
        f"""CREATE TEMP TABLE lines AS SELECT filename, line FROM read_csv([{paths}], columns = {{line: 'VARCHAR'}},
        delim = '\\x01', quote = '', escape = '', header = false, auto_detect = false, filename = true)"""
    )
    connection.execute(
        f"""CREATE TEMP TABLE objects AS
        SELECT filename, object_key, dt, arrived_at, {quote(CONTRACT_VERSION)} AS contract_version,
          (SELECT min(lines.rowid) FROM lines WHERE lines.filename = objects.filename) AS first_place
        FROM (VALUES {values}) AS objects (filename, object_key, dt, arrived_at)"""
    )
    connection.execute(judge(source))
    connection.execute(REPEATED)
    connection.execute(DISPOSABLE)

    columns = [column for field in source.fields for column in silver_columns(field)]
    columns += ["event_id_from_content", "extra", "invalid", *PROVENANCE]
    days = connection.execute("SELECT dt, min(place), max(place) FROM judged JOIN objects USING (filename) GROUP BY dt").fetchall()
    for day, first_place, last_place in days:
        folder = lake / "silver" / source.name / f"dt={day}"
        folder.mkdir(parents=True, exist_ok=True)
        connection.execute(
            f"""COPY (
              SELECT {", ".join(columns)}
              FROM (
                SELECT *, place - first_place + 1 AS object_line,
                  CASE WHEN email IS NOT NULL THEN domain IN (FROM disposable_here) END AS email_is_disposable
                FROM judged JOIN objects USING (filename) ANTI JOIN repeated USING (place)
                WHERE code IS NULL AND place BETWEEN {first_place} AND {last_place}
              ) ORDER BY event_time
            ) TO {quote(folder / "events.parquet")} ({PARQUET})"""
        )
    (lake / "quarantine").mkdir(exist_ok=True)
    connection.execute(
        f"""COPY (
          SELECT coalesce(code, 'event_id_reused') AS code, line AS original, object_key, place - first_place + 1 AS object_line,
            contract_version, arrived_at, dt
          FROM (
            SELECT place, filename, code FROM judged WHERE code IS NOT NULL
            UNION ALL SELECT place, filename, code FROM judged SEMI JOIN (FROM repeated WHERE is_reused) USING (place)
          ) JOIN objects USING (filename) JOIN lines ON lines.rowid = place
        ) TO {quote(lake / "quarantine" / source.name)} ({PARQUET}, PARTITION_BY (dt))"""
    )
    for table in ("lines", "objects", "judged", "repeated", "disposable_here"):
        connection.execute(f"DROP TABLE {table}")


def refine_all(lake: Path, domain_list: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    columns = "columns = {domain: 'VARCHAR'}, header = false, auto_detect = false"
    connection.execute(f"CREATE TABLE disposable AS FROM read_csv({quote(domain_list)}, {columns})")
    with ThreadPoolExecutor(THREADS) as pool:
        runs = [pool.submit(refine, connection.cursor(), lake, source) for source in SOURCES]
        for run in runs:
            run.result()
    return connection


if __name__ == "__main__":
    refine_all(Path(sys.argv[1]), Path(sys.argv[2]))
