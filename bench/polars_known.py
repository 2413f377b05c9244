"""Who is whose event and what was known of each lead when, for polars_people.py, which says what was tried and what is left out."""

from dataclasses import dataclass
from pathlib import Path

from polars_silver import pl
from rules import (
    IGNORES_AFTER_PLUS,
    IGNORES_DOTS,
    MAIN_CURRENCY,
    SAME_PROVIDER,
    SOURCE_NAMES,
    SOURCE_WEIGHTS,
)
from sources import DECIMALS

col, lit, when = pl.col, pl.lit, pl.when

COLUMNS = {
    "crm": ("phone", "crm_id", "outcome", "revenue", "currency", "reason"),
    "online": ("phone", "name", "city", "form_id", "budget_low", "budget_high", "purchase_timeframe_days", "utm_source"),
    "roadshow": ("phone", "name", "city", "device_interest"),
    "transactions": ("phone", "transaction_id", "product_id", "quantity", "price", "currency", "status"),
    "webinar": ("webinar_id", "duration_minutes", "questions_asked"),
}
EVERYWHERE = ("event_id", "event_type", "event_time", "dt", "arrived_at", "email", "email_is_disposable")
MONEY, POINTS = pl.Decimal(38, DECIMALS), pl.Decimal(18, DECIMALS)
DAY = 86_400_000_000

IS_TOUCH = col("outcome").is_null() & col("transaction_id").is_null()
IN_MAIN_CURRENCY = col("currency").is_null() | (col("currency").str.to_uppercase() == MAIN_CURRENCY)
IS_CONVERSION = col("outcome") == "converted"
BUDGET_TOLD = col("budget_low").is_not_null() | col("budget_high").is_not_null()

LATEST = ("email", "phone", "name", "city", "email_is_disposable", "device_interest", "purchase_timeframe_days", "outcome")
LISTS = ("email", "phone", "crm_id")
COUNTED = {
    "webinars": IS_TOUCH & (col("source") == "webinar"),
    "webinar_minutes": col("duration_minutes"),
    "questions_asked": col("questions_asked"),
    "forms": IS_TOUCH & (col("source") == "online"),
    "visits": IS_TOUCH & (col("source") == "roadshow"),
}


def hundredths(amount: pl.Expr) -> pl.Expr:
    return (amount * 100).cast(pl.Int64)


def money(amount: pl.Expr) -> pl.Expr:
    """Of hundredths."""
    return (amount.cast(MONEY) * lit("0.01").cast(MONEY)).cast(MONEY)


def canonical_email() -> pl.Expr:
    parts = col("email").str.splitn("@", 2).struct
    local, domain = parts.field("field_0"), parts.field("field_1")
    untagged = when(domain.is_in(IGNORES_AFTER_PLUS)).then(local.str.replace(r"\+.*", "")).otherwise(local)
    plain = when(domain.is_in(IGNORES_DOTS)).then(untagged.str.replace_all(".", "", literal=True)).otherwise(untagged)
    return plain + "@" + domain.replace(SAME_PROVIDER)


def read_silver(lake: Path) -> pl.DataFrame:
    """Every event in the columns that all sources share, each once: of several with one id the one that arrived first."""
    scans = []
    for source, columns in COLUMNS.items():
        scan = pl.scan_parquet(lake / "silver" / source / "dt=*" / "*.parquet", hive_schema={"dt": pl.Date})
        scans.append(scan.select(lit(source).cast(pl.Enum(SOURCE_NAMES)).alias("source"), *EVERYWHERE, *columns))
    read = pl.concat(scans, how="diagonal").collect()
    is_shared = read.select(pl.struct("source", "event_id").is_duplicated()).to_series()
    shared = read.filter(is_shared).sort("dt", "event_time").unique(["source", "event_id"], keep="first", maintain_order=True)
    return pl.concat([read.filter(~is_shared), shared])


def persons(events: pl.DataFrame) -> pl.Series:
    """Who has no address is who else has the phone or the CRM's id, where that is one person."""
    addresses = events.select(col("email").unique().drop_nulls()).with_columns(person=canonical_email().hash())
    known = events.select("email", "crm_id", "phone").join(addresses, on="email", how="left", maintain_order="left")
    nameless = known.with_row_index("place").filter(col("email").is_null())
    if nameless.is_empty():
        return known["person"]
    found = []
    for name in ("crm_id", "phone"):
        owned = known.filter(col("email").is_not_null()).join(nameless.select(name).drop_nulls(), on=name, how="semi")
        owners = owned.group_by(name).agg(owner=when(col("person").n_unique() == 1).then(col("person").first()))
        found.append(nameless.join(owners, on=name, how="left", maintain_order="left")["owner"])
    own = nameless.select(pl.coalesce("crm_id", "phone").hash()).to_series()
    return known["person"].scatter(nameless["place"], found[0].fill_null(found[1]).fill_null(own))


def lead_id(identifier: pl.Expr, secret: int) -> pl.Expr:
    return "lead-" + identifier.hash(secret).cast(pl.String).str.zfill(20)


def aliases(events: pl.DataFrame, secret: int) -> pl.DataFrame:
    """Every name under which a lead can be found."""
    kinds = []
    for name in LISTS:
        told = events.select("lead_id", name).drop_nulls().unique()
        kinds.append(told.select(lead_id(col(name), secret).alias("alias_id"), "lead_id", kind=lit(name)))
    return pl.concat(kinds)


@dataclass(frozen=True)
class Timeline:
    """What was known of each person at the end of each day on which something arrived, without a window over persons.

    Events lie in the order of person and time, so rows' numbers grow from person to person, and so does the largest number so
    far of a row that told something: one running maximum over all events is the latest that is known of each person, once rows
    before the person's first are left out. Sums are running sums less what they were before the person.
    """

    events: pl.DataFrame
    # Of each event's person, the first and the last row.
    first: pl.Series
    last: pl.Series
    # Rows in the order of person and arrival, and which of these end a day.
    order: pl.Series
    ends: pl.Series

    @staticmethod
    def of(events: pl.DataFrame) -> "Timeline":
        place = pl.int_range(pl.len(), dtype=pl.Int32)
        person = col("person")
        bounds = events.select(
            first=when(person.ne_missing(person.shift(1))).then(place).forward_fill(),
            last=when(person.ne_missing(person.shift(-1))).then(place).backward_fill(),
        )
        arrivals = bounds.select("first", events["dt"])
        order = arrivals.select(pl.arg_sort_by("first", "dt", maintain_order=True)).to_series()
        ends = arrivals.select(pl.struct(col("first").gather(order), col("dt").gather(order)).alias("day")).unnest("day")
        is_end = ends.select(col("first").ne_missing(col("first").shift(-1)) | col("dt").ne_missing(col("dt").shift(-1)))
        return Timeline(events, bounds["first"], bounds["last"], order, is_end.to_series().arg_true())

    def versions(self) -> pl.DataFrame:
        at = self.order.gather(self.ends)
        versions = pl.DataFrame({"first": self.first.gather(at), "valid_from": self.events["dt"].gather(at)})
        is_last = col("first").ne_missing(col("first").shift(-1))
        return versions.with_columns(valid_to=when(~is_last).then(col("valid_from").shift(-1)), is_current=is_last)

    def latest(self, rule: pl.Expr) -> pl.Series:
        """For each version, the row of the person's latest event that keeps the rule."""
        rows = self.events.select(when(rule).then(pl.int_range(pl.len(), dtype=pl.Int32)).otherwise(-1)).to_series()
        return self._running_maximum(rows)

    def earliest(self, rule: pl.Expr) -> pl.Series:
        mirrored = self.first + self.last
        place = pl.int_range(pl.len(), dtype=pl.Int32)
        rows = self.events.select(when(rule).then(mirrored - place).otherwise(-1)).to_series()
        return mirrored.gather(self.order.gather(self.ends)) - self._running_maximum(rows)

    def _running_maximum(self, rows: pl.Series) -> pl.Series:
        largest = rows.gather(self.order).cum_max().gather(self.ends)
        first = self.first.gather(self.order.gather(self.ends))
        return pl.select(when(largest >= first).then(largest)).to_series()

    def total(self, what: pl.Expr) -> pl.Series:
        values = self.events.select(what.cast(pl.Int64).fill_null(0)).to_series().gather(self.order)
        sums = values.cum_sum()
        first = self.first.gather(self.order.gather(self.ends))
        return sums.gather(self.ends) - (sums - values).gather(first)

    def told(self, name: str, rows: pl.Series) -> pl.Series:
        return self.events[name].gather(rows)


def purchases(timeline: Timeline) -> pl.DataFrame:
    """What each person had bought at the end of each day on which something of that arrived. A transaction is what was told
    of it last."""
    place = pl.int_range(pl.len(), dtype=pl.Int32)
    events = timeline.events.select(
        *("person", "transaction_id", "dt", "event_time", "status", "price", "quantity"),
        in_main=IN_MAIN_CURRENCY,
        first=timeline.first,
        place=place,
    ).filter(col("transaction_id").is_not_null())
    key = ["first", "transaction_id"]
    parts = ("status", "price", "quantity")
    told = events.group_by(*key, "dt").agg(
        col("event_time").min(), *(col("place").filter(col(name).is_not_null()).max().alias(f"{name}_row") for name in parts)
    )
    told = told.sort(*key, "dt")
    is_shared = told.select(pl.struct(key).is_duplicated()).to_series()
    shared = told.filter(is_shared).with_columns(
        col("event_time").cum_min().over(key), *(col(f"{name}_row").cum_max().forward_fill().over(key) for name in parts)
    )
    told = pl.concat([told.filter(~is_shared), shared])
    told = told.with_columns(timeline.told(name, told[f"{name}_row"]).alias(name) for name in parts)
    in_main = timeline.events.select(IN_MAIN_CURRENCY).to_series().gather(told["price_row"])
    completed = col("status").is_null() | (col("status") == "completed")
    worth = told.with_columns(completed=completed.cast(pl.Int64), in_main=in_main).select(
        *(*key, "dt", "completed"),
        last_purchase_at=when(col("completed") == 1).then("event_time"),
        priced=col("completed") * col("in_main").fill_null(False),
        other=col("completed") * ~col("in_main").fill_null(True),
        spend=col("completed") * when("in_main").then(hundredths(col("price")) * col("quantity").fill_null(1)).otherwise(0),
    )
    amounts = ("completed", "priced", "other", "spend")
    changes = worth.with_columns((col(name) - col(name).shift(1, fill_value=0).over(key)) for name in amounts)
    days = changes.group_by("first", "dt").agg(col("last_purchase_at").max(), *(col(name).sum() for name in amounts))
    return days.sort("first", "dt").with_columns(
        col("last_purchase_at").cum_max().forward_fill().over("first"), *(col(name).cum_sum().over("first") for name in amounts)
    )


def with_purchases(versions: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    place = pl.int_range(pl.len(), dtype=pl.Int32)
    rows = versions.join(
        bought.select("first", valid_from="dt", row=place), on=["first", "valid_from"], how="left", maintain_order="left"
    )
    # Rows of purchases grow from person to person too.
    row = rows["row"].fill_null(-1).cum_max()
    owner = bought["first"].gather(pl.select(when(row >= 0).then(row)).to_series())
    row = pl.select(when(owner == versions["first"]).then(row)).to_series()
    amounts = {"transactions": "completed", "priced": "priced", "other": "other", "total_spend": "spend"}
    return versions.with_columns(
        bought["last_purchase_at"].gather(row),
        *(bought[amount].gather(row).fill_null(0).alias(name) for name, amount in amounts.items()),
    )


SOURCE_LISTS = pl.Series(
    [[name for place, name in enumerate(SOURCE_NAMES) if mask >> place & 1] for mask in range(1 << len(SOURCE_NAMES))]
)


def one_text(name: str) -> pl.Expr:
    return when(col(name).is_null()).then(lit([], dtype=pl.List(pl.String))).otherwise(pl.concat_list(name)).alias(f"{name}s")


def known_of(timeline: Timeline, lead_ids: pl.Series) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The columns that silver_leads and silver_lead_history share, and which rows told the latest values."""
    rows = {name: timeline.latest(col(name).is_not_null()) for name in (*LATEST, "crm_id")}
    rows["budget"] = timeline.latest(BUDGET_TOLD)
    rows["conversion"] = timeline.earliest(IS_CONVERSION)
    versions = timeline.versions()
    first, last = timeline.earliest(lit(True)), timeline.latest(lit(True))
    has_source = [timeline.latest(col("source") == name).is_not_null() for name in SOURCE_NAMES]
    sources = [has.cast(pl.UInt32) * (1 << place) for place, has in enumerate(has_source)]
    number = versions.select(col("is_current").cast(pl.UInt32).cum_sum() - col("is_current").cast(pl.UInt32)).to_series()
    known = versions.with_columns(
        *(timeline.told(name, rows[name]) for name in (*LATEST, "crm_id")),
        *(timeline.told(f"budget_{end}", rows["budget"]) for end in ("low", "high")),
        *(timeline.latest(IS_TOUCH & (col("source") == name)).is_not_null().alias(f"from_{name}") for name in SOURCE_WEIGHTS),
        *(timeline.total(what).alias(name) for name, what in COUNTED.items()),
        lead_id=lead_ids.gather(number),
        sources=SOURCE_LISTS.gather(sum(sources[1:], sources[0])),
        converted=rows["conversion"].is_not_null(),
        converted_at=timeline.told("event_time", rows["conversion"]),
        revenue=timeline.total(when(IS_CONVERSION & IN_MAIN_CURRENCY).then(hundredths(col("revenue")))),
        events=timeline.total(col("event_id").is_not_null()),
        first_seen_at=timeline.told("event_time", first),
        last_updated_at=timeline.told("event_time", last),
    )
    known = with_purchases(known, purchases(timeline))
    known = known.with_columns(*(one_text(name) for name in LISTS), money(col("revenue")), money(col("total_spend")))
    return with_several(known, timeline), rows


def with_several(known: pl.DataFrame, timeline: Timeline) -> pl.DataFrame:
    """The lists of whoever has several addresses, phones or ids; they are few."""
    for name in LISTS:
        told = timeline.events.select(name, "dt", first=timeline.first).drop_nulls()
        differs = (col(name) != col(name).shift(1)) & (col("first") == col("first").shift(1))
        who = told.filter(differs).select(col("first").unique())
        if who.is_empty():
            continue
        versions = known.with_row_index("version").select("version", "first", "valid_from").join(who, on="first", how="semi")
        lists = versions.join(told, on="first").filter(col("dt") <= col("valid_from"))
        lists = lists.group_by("version").agg(col(name).unique().sort())
        known = known.with_columns(known[f"{name}s"].scatter(lists["version"], lists[name]))
    return known


PROFILE = (
    *("email", "emails", "phone", "phones", "crm_ids", "name", "city", "email_is_disposable", "sources", "from_roadshow"),
    *("from_webinar", "from_online", "webinars", "webinar_minutes", "questions_asked", "forms", "visits", "device_interest"),
    *("budget_low", "budget_high", "purchase_timeframe_days", "outcome", "converted", "converted_at", "revenue"),
    *("transactions", "total_spend", "last_purchase_at", "events", "first_seen_at", "last_updated_at"),
)


def leads(known: pl.DataFrame, rows: dict[str, pl.Series], timeline: Timeline) -> pl.DataFrame:
    current = known["is_current"]
    events = timeline.events

    def event(at: pl.Series) -> pl.Series:
        return events["source"].gather(at).cast(pl.String) + "/" + events["event_id"].gather(at)

    rows = {**rows, "first": timeline.earliest(IS_TOUCH), "last": timeline.latest(IS_TOUCH)}
    at = {name: row.filter(current) for name, row in rows.items()}
    told = {"purchase_timeframe_days": "purchase_timeframe"}
    names = ("email", "phone", "name", "city", "device_interest", "budget", "purchase_timeframe_days", "outcome", "conversion")
    touches = []
    for end in ("first", "last"):
        touches += [
            events["event_time"].gather(at[end]).alias(f"{end}_touch_at"),
            events["source"].gather(at[end]).cast(pl.String).alias(f"{end}_touch_source"),
            event(at[end]).alias(f"{end}_touch_event"),
        ]
    other_revenue = timeline.total(IS_CONVERSION & col("revenue").is_not_null() & ~IN_MAIN_CURRENCY)
    return known.filter(current).with_columns(
        *touches,
        *(event(at[name]).alias(f"{told.get(name, name)}_event") for name in names),
        outcome_at=events["event_time"].gather(at["outcome"]),
        revenue_in_other_currencies=other_revenue.filter(current),
        purchases_in_other_currencies=col("other"),
        holds_all_identifiers=lit(True),
        past_touches=timeline.total(IS_TOUCH).filter(current),
        attended=timeline.total(col("duration_minutes").is_not_null()).filter(current),
    )


LEAD_COLUMNS = (
    *("lead_id", *PROFILE, "first_touch_at", "first_touch_source", "first_touch_event", "last_touch_at", "last_touch_source"),
    *("last_touch_event", "email_event", "phone_event", "name_event", "city_event", "device_interest_event", "budget_event"),
    *("purchase_timeframe_event", "outcome_at", "outcome_event", "conversion_event", "revenue_in_other_currencies"),
    *("purchases_in_other_currencies", "holds_all_identifiers"),
)
