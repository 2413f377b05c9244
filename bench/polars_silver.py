"""Bronze to silver with Polars. Usage: polars_silver.py LAKE DOMAINS

The same work as `leadlake ingest`, as Polars is meant to be used: native expressions only, on two threads.

What was tried, so that nobody needs to try it again:

- A line that is no JSON aborts scan_ndjson and json_decode alike, so whatever does not look whole is read as "{}" first. Even
  with the text put together anew for it, read_ndjson takes a third of the time of json_decode.
- Polars cannot list the keys of a JSON text. Records with more members than were read are found by counting colons, and only
  from those the unknown members are cut, by a regular expression.
- Three objects at once are a tenth faster than one, and take half the memory of all objects of a source. The CPU that is taken
  hardly differs, nor does it with the streaming engine.
- A step of its own for the numbers in a phrase saves two fifths of the time of all expressions: not every repeated one is found.
- Telling jemalloc to keep freed memory for ten seconds saves 5 % of CPU and costs 20 % of memory; it is left as it comes.

Where its rules are not those of leadlake. None of it changes which generated events are accepted:

- Phones: Indian mobile numbers only. Emails: ASCII only, labels of any length. Timestamps: RFC 3339, no rarer spellings.
- Not checked: a key given twice (the last one counts), control characters, depth and size of a record, the share of refusals
  at which an object is refused whole. Numbers in ranges go through floats. A line that is not UTF-8 aborts the run.
- Text and numbers look alike once read: `invalid` shows each value as text, and a timeframe of "15" counts as a number.
- An alias that lost to the preferred name is not kept in `extra`, nor is anything nested deeper than four levels.
- Ids from content are 64-bit hashes of the fields.
- Refusals carry code, line and original, but no path, expected and actual. There is no ledger, checksum or bloom filter; a file
  holds the events of up to three objects, and appears while it is written.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sources import (
    AHEAD_OF_ARRIVAL,
    CONTRACT_VERSION,
    DECIMALS,
    EARLIEST_EVENT,
    PRECISION,
    SOURCES,
    THREADS,
    ZSTD_LEVEL,
    BronzeObject,
    Field,
    Source,
    list_objects,
)

os.environ["POLARS_MAX_THREADS"] = str(THREADS)
import polars as pl  # noqa: E402
from polars import col, lit, when  # noqa: E402

NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
# Without escapes that may be half of a surrogate pair, which no reader takes.
PLAIN_STRING = r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*"'
PLAIN_MEMBER = rf"[ \t]*{PLAIN_STRING}[ \t]*:[ \t]*(?:{PLAIN_STRING}|{NUMBER}|true|false|null)[ \t]*"
FLAT_RECORD = rf"^[ \t]*\{{{PLAIN_MEMBER}(?:,{PLAIN_MEMBER})*\}}[ \t]*$"

STRING = r'"(?:[^"\\]|\\.)*"'
BARE = r"[^\[\]{}\",:\s]+"
NESTED = rf"[{{\[](?:{STRING}|[^\[\]{{}}\"])*[}}\]]"
for _level in range(3):
    NESTED = rf"[{{\[](?:{STRING}|{NESTED}|[^\[\]{{}}\"])*[}}\]]"
MEMBER = rf"{STRING}\s*:\s*(?:{STRING}|{BARE}|{NESTED})"

ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
ADDRESS = rf"^{ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+[0-9]*[a-z](?:[a-z0-9-]*[a-z0-9])?$"
INDIAN_MOBILE = r"^(?:\+91|0091|91|0)?([6-9][0-9]{9})$"
WHOLE_NUMBER = r"^([+-]?[0-9]+)(?:\.0*)?$"
PRICE = r"^[+-]?[0-9]+(?:\.[0-9]{1,2}0*)?$"

CURRENCY = r"(?:₹|\$|€|rs\.?|inr|rupees|usd|eur)?"
TENS_UNIT = r"(k|thousand|lakhs?|lacs?|l|million|mn|m|crores?|cr)?"
AMOUNT = rf"{CURRENCY}\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*{TENS_UNIT}\s*{CURRENCY}(?:/-)?"
RANGE = (
    rf"(?i)^(?:(<=?|≤|under|below|upto|within|up to|less than|at most)|(>=?|≥|over|above|more than|at least))?\s*{AMOUNT}\s*"
    rf"(?:(\+|plus|onwards|and above|or above|or more)|(?:-|–|—|to)\s*{AMOUNT})?$"
)
TENS = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("l", "lakh", "lakhs", "lac", "lacs"), 1e5),
    **dict.fromkeys(("m", "mn", "million"), 1e6),
    **dict.fromkeys(("cr", "crore", "crores"), 1e7),
}
DAYS_UNIT = "(days?|d|weeks?|wks?|w|months?|mos?|years?|yrs?|y)?"
SPAN = (
    r"(?i)^(?:<=?|>=?|less than|more than|up to|upto|within|in|under|over|next)?\s*"
    rf"([0-9]{{1,9}})\s*\+?\s*{DAYS_UNIT}\s*\+?\s*(?:(?:-|–|—|to)\s*([0-9]{{1,9}})\s*{DAYS_UNIT})?$"
)
DAYS = {
    **dict.fromkeys(("day", "days", "d"), 1),
    **dict.fromkeys(("week", "weeks", "wk", "wks", "w"), 7),
    **dict.fromkeys(("month", "months", "mo", "mos"), 30),
    **dict.fromkeys(("year", "years", "yr", "yrs", "y"), 365),
}
NOW = ("immediately", "immediate", "now", "today")

OBJECTS_AT_ONCE = 3

PROVENANCE = ["object_key", "object_line", "contract_version", "arrived_at"]
KEY = ["object_key", "object_line"]
QUARANTINE = ["code", "original", *PROVENANCE, "dt"]


def given(field: Field) -> pl.Expr:
    """The value as received, trimmed, of the preferred name that has one."""
    trimmed = [col(f"in.{name}").str.strip_chars() for name in field.inputs]
    return pl.coalesce(when(text != "").then(text) for text in trimmed)


def composed(text: pl.Expr) -> pl.Expr:
    """In Unicode form C; only records that are not ASCII go through it, since it is slow."""
    return pl.coalesce(when("is_wide").then(text).str.normalize("NFC"), text)


def read_value(field: Field) -> list[pl.Expr]:
    text = col(f"given.{field.name}")
    match field.kind:
        case "text" if field.allowed:
            lower = text.str.to_lowercase()
            return [when(lower.is_in(field.allowed)).then(lower).alias(field.name)]
        case "text":
            value = composed(text)
            return [when(value.str.len_chars().is_between(field.shortest, field.longest)).then(value).alias(field.name)]
        case "email":
            value = text.str.to_lowercase()
            fits = (
                value.str.contains(ADDRESS)
                & (value.str.len_bytes() <= field.longest)
                & (value.str.find("@", literal=True) <= 64)
            )
            return [when(fits).then(value).alias(field.name)]
        case "phone":
            national = text.str.replace_all(r"[ ().-]", "").str.extract(INDIAN_MOBILE)
            return [("+91" + national).alias(field.name)]
        case "integer":
            return [within(field, text.str.extract(WHOLE_NUMBER).cast(pl.Int64, strict=False)).alias(field.name)]
        case "decimal":
            value = when(text.str.contains(PRICE)).then(text).cast(pl.Decimal(PRECISION, DECIMALS), strict=False)
            return [within(field, value).alias(field.name)]
        case "time":
            instant = text.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
            return [instant.alias(field.name)]
        case "range":
            return [text.str.extract_groups(RANGE).alias(f"{field.name}.parts")]
        case "days":
            return [
                text.str.extract(WHOLE_NUMBER).cast(pl.Int64, strict=False).alias(field.name),
                text.str.extract_groups(SPAN).alias(f"{field.name}.parts"),
            ]
    raise ValueError(field.kind)


def within(field: Field, value: pl.Expr) -> pl.Expr:
    fits = [value >= field.lowest] if field.lowest is not None else []
    fits += [value <= field.highest] if field.highest is not None else []
    return when(*fits).then(value) if fits else value


def read_parts(field: Field) -> list[pl.Expr]:
    """The numbers of a phrase, and what their units stand for."""
    match field.kind:
        case "range":
            ends, factors, number = (("3", "4"), ("6", "7")), TENS, pl.Float64
        case "days":
            ends, factors, number = (("1", "2"), ("3", "4")), DAYS, pl.Int64
        case _:
            return []
    parts = col(f"{field.name}.parts").struct
    read = []
    for end, (value, unit) in zip(("first", "second"), ends):
        digits = parts.field(value).str.replace_all(",", "", literal=True)
        factor = parts.field(unit).str.to_lowercase().replace_strict(factors, default=None, return_dtype=number)
        read += [digits.cast(number).alias(f"{field.name}.{end}"), factor.alias(f"{field.name}.{end}.factor")]
    return read


def join_parts(field: Field) -> list[pl.Expr]:
    name, price = field.name, pl.Decimal(PRECISION, DECIMALS)
    first, second = col(f"{name}.first"), col(f"{name}.second")
    first_factor, second_factor = col(f"{name}.first.factor"), col(f"{name}.second.factor")
    plain = first * first_factor.fill_null(1)
    carried = first * pl.coalesce(first_factor, second_factor, 1)
    match field.kind:
        case "range":
            at_most, at_least, open_above = (col(f"{name}.parts").struct.field(part).is_not_null() for part in ("1", "2", "5"))
            high = second * second_factor.fill_null(1)
            low = when(carried <= high).then(carried).otherwise(plain)
            fits = first.is_not_null() & (second.is_null() | (plain <= high))
            return [
                when(fits & ~at_most).then(low).cast(price).alias(f"{name}_low"),
                when(fits & ~at_least & ~open_above).then(pl.coalesce(high, plain)).cast(price).alias(f"{name}_high"),
                fits.alias(f"{name}.fits"),
            ]
        case "days":
            end = second * pl.coalesce(second_factor, first_factor, 1)
            span = when(second.is_null()).then(plain).when(carried <= end).then(end)
            now = when(col(f"given.{name}").str.to_lowercase().is_in(NOW)).then(0)
            return [within(field, pl.coalesce(name, span, now)).alias(name)]
    return []


def columns_of(field: Field) -> list[str]:
    if field.kind == "range":
        return [f"{field.name}_low", f"{field.name}_high"]
    return [field.name]


def is_unfit(field: Field) -> pl.Expr:
    fits = col(f"{field.name}.fits") if field.kind == "range" else col(field.name).is_not_null()
    return col(f"given.{field.name}").is_not_null() & ~fits


def refusal(field: Field) -> pl.Expr:
    code = when(col(f"given.{field.name}").is_null()).then(lit("missing"))
    match field.kind:
        case "time":
            code = code.when(col(field.name).is_null()).then(lit("not_a_timestamp"))
            code = code.when(col(field.name) < EARLIEST_EVENT).then(lit("out_of_range"))
            return code.when(col(field.name) > col("arrived_at") + AHEAD_OF_ARRIVAL).then(lit("ahead_of_arrival"))
        case "email":
            return code.when(col(field.name).is_null()).then(lit("not_an_email"))
    return code.when(col(field.name).is_null()).then(lit("not_allowed" if field.allowed else "too_long"))


def quoted(text: pl.Expr) -> pl.Expr:
    """As JSON, for text that came out of a flat record."""
    escaped = text.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return pl.format('"{}"', escaped)


def original(field: Field) -> pl.Expr:
    received = pl.coalesce(col(f"in.{name}") for name in field.inputs)
    kept = received.str.contains(r"^[0-9]+$") if field.kind == "days" else received == col(field.name)
    as_received = kept & col(field.name).is_not_null()
    return when(col(f"given.{field.name}").is_not_null() & ~as_received.fill_null(False)).then(received)


def invalid_values(fields: list[Field]) -> pl.Expr:
    members = [
        lit(f'"{column}":') + quoted(when(is_unfit(field)).then(f"given.{field.name}"))
        for field in fields
        for column in columns_of(field)
    ]
    joined = pl.concat_str(members, separator=",", ignore_nulls=True)
    return when(joined != "").then(lit("{") + joined + lit("}"))


def has_unknown_members(source: Source) -> pl.Expr:
    read = pl.sum_horizontal(col(f"in.{name}").is_not_null() for name in source.inputs)
    return col("original").str.count_matches('":', literal=True) != read


def unknown_members(source: Source) -> pl.Expr:
    known = "|".join(source.inputs)
    members = when("has_extra").then("original").str.extract_all(MEMBER)
    joined = members.list.eval(pl.element().filter(~pl.element().str.contains(rf'^"(?:{known})"'))).list.join(",")
    return when(joined != "").then(lit("{") + joined + lit("}"))


def refusal_code(source: Source) -> pl.Expr:
    codes = [when(~col("is_json")).then(lit("not_json")), when(is_unfit(source.fields[0])).then(lit("too_long"))]
    codes += [refusal(field) for field in source.fields if field.required]
    if source.any_of:
        nobody = pl.all_horizontal(col(name).is_null() for name in source.any_of)
        codes.append(when(nobody).then(lit("no_identity")))
    return pl.coalesce(codes)


class Query:
    """A source's query, put together once and run for some of its objects at a time."""

    def __init__(self, source: Source) -> None:
        self.source = source
        optional = [field for field in source.fields[1:] if not field.required]
        inputs = [col(f"in.{name}") for name in source.inputs]
        self.steps = [
            [given(field).alias(f"given.{field.name}") for field in source.fields],
            [value for field in source.fields for value in read_value(field)],
            [part for field in source.fields for part in read_parts(field)],
            [value for field in source.fields for value in join_parts(field)],
            [
                refusal_code(source).alias("code"),
                has_unknown_members(source).alias("has_extra"),
                pl.any_horizontal(is_unfit(field) for field in optional).alias("has_invalid"),
                col("given.event_id").is_null().alias("event_id_from_content"),
                pl.coalesce("event_id", lit("content-") + pl.struct(inputs).hash().cast(pl.String)).alias("event_id"),
                col("email").str.extract("@(.+)$").alias("domain"),
                *(original(field).alias(f"{field.name}_original") for field in source.fields if field.keeps_original),
            ],
        ]
        # Few records have any, so they are put together apart from the rest.
        self.remarks = [*KEY, invalid_values(optional).alias("invalid"), unknown_members(source).alias("extra")]
        self.columns = [column for field in source.fields for column in silver_columns(field)]
        self.columns += ["event_id_from_content", "extra", "invalid", *PROVENANCE]
        self.kept = [column for column in self.columns if column not in ("extra", "invalid", "email_is_disposable")]
        self.kept += ["dt", "original", "code", "domain"]
        self.kept_for_remarks = [f"given.{field.name}" for field in optional]
        self.kept_for_remarks += [f"{field.name}.fits" for field in optional if field.kind == "range"]

    def run(self, lake: Path, objects: list[BronzeObject], disposable: pl.Series) -> None:
        frame = read_records(objects, self.source).lazy()
        for step in self.steps:
            frame = frame.with_columns(step)
        records = frame.select(*self.kept, "has_extra", "has_invalid", *self.kept_for_remarks).collect()
        remarks = records.filter(col("has_extra") | col("has_invalid")).select(self.remarks)
        records = records.select(self.kept)
        domains = disposable_among(records["domain"].unique().drop_nulls(), disposable)
        first, reused = without_repeated(records.filter(col("code").is_null()))
        accepted = (
            first.with_columns(email_is_disposable=col("domain").is_in(domains.implode()))
            .join(remarks, on=KEY, how="left")
            .select(*self.columns, "dt")
            .sort("event_time")
        )
        refused = [records.filter(col("code").is_not_null()), reused.with_columns(code=lit("event_id_reused"))]
        write(accepted, lake / "silver" / self.source.name, objects[0])
        write(pl.concat(frame.select(QUARANTINE) for frame in refused), lake / "quarantine" / self.source.name, objects[0])


def silver_columns(field: Field) -> list[str]:
    columns = columns_of(field)
    columns += [f"{field.name}_original"] if field.keeps_original else []
    return columns + ["email_is_disposable"] if field.kind == "email" else columns


def read_records(objects: list[BronzeObject], source: Source) -> pl.DataFrame:
    lines = pl.concat(read_lines(bronze) for bronze in objects)
    looks_whole = col("original").str.starts_with("{") & col("original").str.ends_with("}")
    try:
        return with_fields(lines, looks_whole, source)
    except pl.exceptions.ComputeError:
        # It only looked like JSON, or a field of the contract holds an object or an array, which read_ndjson does not
        # turn into text.
        return with_fields(lines, col("original").str.contains(FLAT_RECORD), source)


def read_lines(bronze: BronzeObject) -> pl.DataFrame:
    lines = pl.read_lines(bronze.path, name="original", row_index_name="object_line", row_index_offset=1)
    return lines.filter(col("original").str.strip_chars() != "").with_columns(
        object_line=col("object_line").cast(pl.Int64),
        object_key=lit(bronze.key),
        contract_version=lit(CONTRACT_VERSION),
        arrived_at=lit(bronze.arrived, dtype=pl.Datetime("us", "UTC")),
        dt=lit(bronze.day),
    )


def with_fields(lines: pl.DataFrame, is_regular: pl.Expr, source: Source) -> pl.DataFrame:
    """Adds the members of each record as text; those that are not regular are read one by one."""
    lines = lines.with_columns(is_regular=is_regular)
    text = lines.select(when("is_regular").then("original").otherwise(lit("{}")).str.join("\n").cast(pl.Binary)).item()
    fields = pl.read_ndjson(text, schema=dict.fromkeys(source.inputs, pl.String)).select(pl.all().name.prefix("in."))
    odd = when(~col("is_regular")).then("original")
    is_odd_object = odd.str.json_path_match("$").str.starts_with("{").fill_null(False)
    records = lines.hstack(fields).with_columns(is_odd_object=is_odd_object)
    if records["is_odd_object"].any():
        odd = when("is_odd_object").then("original")
        records = records.with_columns(
            pl.coalesce(f"in.{name}", odd.str.json_path_match(f"$.{name}")).alias(f"in.{name}") for name in source.inputs
        )
    original = col("original")
    return records.with_columns(
        is_json=col("is_regular") | col("is_odd_object"),
        is_wide=(original.str.len_bytes() != original.str.len_chars()) | original.str.contains("\\u", literal=True),
    )


def without_repeated(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first event of each id in its object, and those of the others that are not the same event again."""
    is_shared = records["event_id"].is_duplicated()
    shared = records.filter(is_shared)
    is_first = shared.select(pl.struct("object_key", "event_id").is_first_distinct()).to_series()
    firsts, others = shared.filter(is_first), shared.filter(~is_first)
    reused = others.join(firsts.select("object_key", "event_id", first="original"), on=["object_key", "event_id"])
    reused = reused.filter(col("original") != col("first")).drop("first")
    return pl.concat([records.filter(~is_shared), firsts]), reused


def disposable_among(domains: pl.Series, disposable: pl.Series) -> pl.Series:
    """A domain is disposable when it or one that it belongs to is listed. There are few at a time, so that looking them up
    in the sorted list is cheaper than hashing the list each time."""
    domains = domains.to_frame("domain").with_columns(listed=col("domain"))
    levels = [domains.with_columns(col("domain").str.extract(rf"((?:[^.]+\.){{{n}}}[^.]+)$").alias("listed")) for n in (1, 2, 3)]
    candidates = pl.concat([domains, *levels]).drop_nulls()
    places = disposable.search_sorted(candidates["listed"]).clip(upper_bound=len(disposable) - 1)
    return candidates.filter(disposable.gather(places) == candidates["listed"])["domain"]


def write(frame: pl.DataFrame, folder: Path, first: BronzeObject) -> None:
    for (day,), rows in frame.partition_by("dt", as_dict=True, include_key=False).items():
        path = folder / f"dt={day}" / f"{first.path.stem}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(path, compression="zstd", compression_level=ZSTD_LEVEL)


def refine_all(lake: Path, domain_list: Path) -> None:
    disposable = pl.read_lines(domain_list)["line"].sort()
    with ThreadPoolExecutor(THREADS) as pool:
        runs = []
        for source in SOURCES:
            query = Query(source)
            objects = list_objects(lake, source)
            for first in range(0, len(objects), OBJECTS_AT_ONCE):
                runs.append(pool.submit(query.run, lake, objects[first : first + OBJECTS_AT_ONCE], disposable))
        for run in runs:
            run.result()


if __name__ == "__main__":
    refine_all(Path(sys.argv[1]), Path(sys.argv[2]))
