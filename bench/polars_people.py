"""Bronze to gold with Polars. Usage: polars_people.py LAKE DOMAINS

TODO
"""

import secrets
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import polars_silver
from marks import mark
from polars_silver import pl
from rules import *
from sources import DECIMALS, ZSTD_LEVEL

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
    start = bought.select(first="first", start=when(col("first").ne_missing(col("first").shift(1))).then(place).forward_fill())
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


def known(timeline: Timeline, lead_ids: pl.Series) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The columns that silver_leads and silver_lead_history share, and which rows told the latest values."""
    rows = {name: timeline.latest(col(name).is_not_null()) for name in (*LATEST, "crm_id")}
    rows["budget"] = timeline.latest(BUDGET_TOLD)
    rows["conversion"] = timeline.earliest(IS_CONVERSION)
    versions = timeline.versions()
    first, last = timeline.earliest(lit(True)), timeline.latest(lit(True))
    sources = [timeline.latest(col("source") == name).is_not_null().cast(pl.UInt32) * (1 << at) for at, name in enumerate(SOURCE_NAMES)]
    known = versions.with_columns(
        *(timeline.told(name, rows[name]) for name in (*LATEST, "crm_id")),
        *(timeline.told(f"budget_{end}", rows["budget"]).cast(MONEY) for end in ("low", "high")),
        *(timeline.latest(IS_TOUCH & (col("source") == name)).is_not_null().alias(f"from_{name}") for name in SOURCE_WEIGHTS),
        *(timeline.total(what).alias(name) for name, what in COUNTED.items()),
        lead_id=lead_ids.gather(versions.select(col("is_current").cast(pl.UInt32).cum_sum() - col("is_current").cast(pl.UInt32)).to_series()),
        sources=SOURCE_LISTS.gather(sum(sources[1:], sources[0])),
        converted=rows["conversion"].is_not_null(),
        converted_at=timeline.told("event_time", rows["conversion"]),
        revenue=timeline.total(when(IS_CONVERSION & IN_MAIN_CURRENCY).then(hundredths(col("revenue")))),
        events=timeline.total(col("event_id").is_not_null()),
        first_seen_at=timeline.told("event_time", first),
        last_updated_at=timeline.told("event_time", last),
    )
    known = with_purchases(known, purchases(timeline))
    known = known.with_columns(one_text("email"), one_text("phone"), one_text("crm_id"), money(col("revenue")), money(col("total_spend")))
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


def decisions(timeline: Timeline) -> pl.DataFrame:
    """What settled something first, and when the person bought; the city as it was known then."""
    settled = timeline.events.select("outcome", "event_time", first=timeline.first, row=pl.int_range(pl.len(), dtype=pl.Int32))
    settled = settled.filter(col("outcome").is_in(["lost", "converted"]))
    bought = col("outcome") == "converted"
    settled = settled.group_by("first").agg(
        col("row").min(), decided_at=col("event_time").min(), decision_converted_at=col("event_time").filter(bought).min()
    )
    has_city = timeline.events.select(when(col("city").is_not_null()).then(pl.int_range(pl.len(), dtype=pl.Int32)).otherwise(-1))
    latest = has_city.to_series().cum_max().gather(settled["row"])
    city_row = pl.select(when(latest >= settled["first"]).then(latest)).to_series()
    return settled.drop("row").with_columns(city_when_decided=timeline.told("city", city_row))


def touches_of(timeline: Timeline, decided: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    age = (lit(as_of) - col("event_time")).dt.total_microseconds().clip(0)
    return (
        timeline.events.lazy()
        .with_columns(first=timeline.first)
        .filter(IS_TOUCH)
        .select(
            *("first", "source", "event_time"),
            day=col("event_time").dt.date(),
            minutes="duration_minutes",
            questions="questions_asked",
            decayed=lit(0.5).pow(age / (DAY * HALF_LIFE_DAYS)),
        )
        .join(decided.lazy().select("first", "decided_at"), on="first", how="left", maintain_order="left")
        .with_columns(is_before=(col("event_time") < col("decided_at")).fill_null(False))
        .collect()
    )


def activity(touches: pl.DataFrame) -> pl.DataFrame:
    """By person and day (UTC), with a cap on how much of a day counts; and the same before the outcome. Days on which more was
    done than counts are few, so only they are looked at again."""
    is_from = {name: col("source") == name for name in SOURCE_WEIGHTS}
    days = touches.group_by("first", "day").agg(
        col("minutes").sum(),
        minutes_before=(col("minutes") * col("is_before")).sum(),
        questions=col("questions").sum().clip(upper_bound=MOST_QUESTIONS),
        webinars=is_from["webinar"].sum(),
        forms=is_from["online"].sum(),
        visits=is_from["roadshow"].sum(),
        decayed=col("decayed").sum(),
    )
    is_busy = (col("webinars") > MOST_WEBINARS) | (col("forms") > MOST_FORMS) | (col("visits") > MOST_VISITS)
    busy = touches.join(days.filter(is_busy).select("first", "day"), on=["first", "day"], how="semi", maintain_order="left")
    capped = {"webinar": MOST_WEBINARS, "online": MOST_FORMS, "roadshow": MOST_VISITS}
    decayed = [col("decayed").filter(is_from[name]).head(cap).sum() for name, cap in capped.items()]
    again = busy.group_by("first", "day").agg(
        minutes=col("minutes").top_k(MOST_WEBINARS).sum(),
        minutes_before=col("minutes").filter("is_before").top_k(MOST_WEBINARS).sum(),
        questions=col("questions").sum().clip(upper_bound=MOST_QUESTIONS),
        webinars=is_from["webinar"].sum().clip(upper_bound=MOST_WEBINARS),
        forms=is_from["online"].sum().clip(upper_bound=MOST_FORMS),
        visits=is_from["roadshow"].sum().clip(upper_bound=MOST_VISITS),
        decayed=decayed[0] + decayed[1] + decayed[2],
    )
    counted = pl.concat([days.filter(~is_busy), again.select(days.columns)])
    return counted.group_by("first").agg(
        counted_minutes=col("minutes").sum(),
        minutes_before=col("minutes_before").sum(),
        counted_questions=col("questions").sum(),
        counted_forms=col("forms").cast(pl.Int64).sum(),
        counted_visits=col("visits").cast(pl.Int64).sum(),
        decayed_activity=col("decayed").sum(),
    )


def before_outcome(timeline: Timeline, decided: pl.DataFrame) -> pl.DataFrame:
    """What was known just before the outcome, of what makes a score."""
    weight = when(IS_TOUCH).then(col("source").replace_strict(SOURCE_WEIGHTS, default=0, return_dtype=pl.Int64))
    return (
        timeline.events.lazy()
        .with_columns(first=timeline.first)
        .join(decided.lazy().select("first", "decided_at"), on="first", maintain_order="left")
        .filter(col("event_time") < col("decided_at"))
        .group_by("first")
        .agg(
            weight_before=weight.max(),
            timeframe_before=col("purchase_timeframe_days").drop_nulls().last(),
            disposable_before=col("email_is_disposable").drop_nulls().last(),
        )
        .collect()
    )


def days_between(earlier: str, later: str | datetime) -> pl.Expr:
    later = col(later) if isinstance(later, str) else lit(later)
    return (later - col(earlier)).dt.total_microseconds() / DAY


def of_best_source(then: dict[str, pl.Expr]) -> pl.Expr:
    best = sorted(SOURCE_WEIGHTS, key=SOURCE_WEIGHTS.get, reverse=True)
    return pl.coalesce(when(f"from_{name}").then(then[name]) for name in best)


def with_location_rate(leads: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """How often other leads of the city convert: the decision of the lead itself is left out."""
    key = col("city_when_decided").str.strip_chars().str.to_lowercase()
    locations = decided.drop_nulls("city_when_decided").group_by(place=key).agg(
        decided=pl.len().cast(pl.Int64), converted=col("decision_converted_at").count().cast(pl.Int64)
    )
    all_decided, all_converted = decided.height, decided["decision_converted_at"].count()
    leads = leads.with_columns(place=col("city").str.strip_chars().str.to_lowercase())
    leads = leads.join(locations.rename({"converted": "place_converted"}), on="place", how="left", maintain_order="left")
    own, own_converted = (col(name).is_not_null().cast(pl.Int64) for name in ("decided_at", "decision_converted_at"))
    is_of_city = (key == col("place")).fill_null(False).cast(pl.Int64)
    others = all_decided - own
    overall = when(others > 0).then((all_converted - own_converted) / others)
    converted = col("place_converted").fill_null(0) - own_converted * is_of_city + LOCATION_SHRINKAGE * overall
    of_city = converted / (col("decided").fill_null(0) - own * is_of_city + LOCATION_SHRINKAGE)
    return leads.with_columns(location_conversion_rate=when(col("city").is_null()).then(overall).otherwise(of_city))


def features(leads: pl.DataFrame, timeline: Timeline, as_of: datetime) -> pl.DataFrame:
    decided = decisions(timeline)
    touches = touches_of(timeline, decided, as_of)
    for more in (decided, activity(touches), before_outcome(timeline, decided)):
        leads = leads.join(more, on="first", how="left", maintain_order="left")
    leads = with_location_rate(leads, decided)
    counted = ("webinar_minutes", "questions_asked", "forms", "visits")
    short = ("minutes", "questions", "forms", "visits")
    average = (hundredths(col("total_spend")) * 2 + col("priced")) // (2 * col("priced"))
    known_days = days_between("first_seen_at", as_of).clip(FREQUENCY_DAYS)
    return leads.with_columns(average_webinar_minutes=when(col("attended") > 0).then(col("webinar_minutes") / col("attended"))).with_columns(
        as_of=lit(as_of).cast(pl.Datetime("us", "UTC")),
        leads_snapshot=lit(1, dtype=pl.Int64),
        source=of_best_source({name: lit(name) for name in SOURCE_WEIGHTS}),
        source_weight=of_best_source({name: lit(weight) for name, weight in SOURCE_WEIGHTS.items()}).fill_null(0).cast(POINTS),
        **{name: col(f"counted_{what}").fill_null(0) for name, what in zip(counted, short)},
        past_events=col("events"),
        recency_days=days_between("last_touch_at", as_of),
        decayed_activity=col("decayed_activity").fill_null(0.0),
        purchases=col("transactions"),
        purchase_frequency=col("transactions") * FREQUENCY_DAYS / known_days,
        average_transaction_value=money(when(col("priced") > 0).then(average)),
        days_since_last_purchase=days_between("last_purchase_at", as_of),
        conversion_days=when(col("first_touch_at") <= col("converted_at")).then(days_between("first_touch_at", "converted_at")),
    )


FEATURE_COLUMNS = (
    *("lead_id", "as_of", "leads_snapshot", "source", "source_weight", "webinar_minutes", "questions_asked", "forms", "visits"),
    *("average_webinar_minutes", "past_events", "past_touches", "recency_days", "decayed_activity", "purchase_timeframe_days"),
    *("budget_low", "budget_high", "email_is_disposable", "device_interest", "city", "location_conversion_rate", "purchases"),
    *("purchase_frequency", "total_spend", "average_transaction_value", "days_since_last_purchase", "converted", "converted_at"),
    *("conversion_days", "decided_at", "city_when_decided"),
)


def timeframe_points(timeframe: str) -> pl.Expr:
    return when(col(timeframe).is_between(0, TIMEFRAME_WITHIN_DAYS)).then(TIMEFRAME_POINTS).otherwise(0).cast(POINTS)


def disposable_points(disposable: str) -> pl.Expr:
    return when(col(disposable)).then(DISPOSABLE_POINTS).otherwise(0).cast(POINTS)


def minute_points(minutes: str) -> pl.Expr:
    return (col(minutes).fill_null(0) * POINTS_PER_WEBINAR_MINUTE).cast(POINTS)


def category(score: str) -> pl.Expr:
    chosen = when(col(score) >= HOT_FROM).then(lit("HOT")).when(col(score) >= WARM_FROM).then(lit("WARM"))
    return chosen.when(col(score).is_not_null()).then(lit("COLD"))


def band(score: str) -> pl.Expr:
    return pl.sum_horizontal((col(score) >= edge).cast(pl.Int32) for edge in BANDS_FROM)


REASONS = pl.List(pl.Struct({"reason": pl.String, "points": POINTS, "text": pl.String, "number": pl.Int64}))


def reasons_of(scored: pl.DataFrame) -> pl.DataFrame:
    """By the row of the lead. A list of structs is put together much faster from rows than from columns."""
    none = lit(None)
    every = (
        ("source", "source_weight", col("source"), none),
        ("webinar_minutes", "engagement_score", none, col("webinar_minutes")),
        ("purchase_timeframe", "for_timeframe", none, col("purchase_timeframe_days")),
        ("disposable_address", "for_disposable", lit("true"), none),
    )
    rows = [
        scored.filter(col(points) != 0).select(
            *("row", lit(place, dtype=pl.Int8).alias("place"), lit(code).alias("reason"), col(points).alias("points")),
            *(text.cast(pl.String).alias("text"), number.cast(pl.Int64).alias("number")),
        )
        for place, (code, points, text, number) in enumerate(every)
    ]
    told = pl.concat(rows).sort("row", "place")
    return told.group_by("row", maintain_order=True).agg(reasons=pl.struct("reason", "points", "text", "number"))


def scores(features: pl.DataFrame) -> pl.DataFrame:
    before = col("weight_before").fill_null(0).cast(POINTS) + minute_points("minutes_before")
    before = before + timeframe_points("timeframe_before") + disposable_points("disposable_before")
    scored = features.with_columns(
        engagement_score=minute_points("webinar_minutes"),
        for_timeframe=timeframe_points("purchase_timeframe_days"),
        for_disposable=disposable_points("email_is_disposable"),
        score_before_outcome=when(col("decided_at").is_not_null()).then(before).cast(POINTS),
    ).with_columns(intent_score=(col("for_timeframe") + col("for_disposable")).cast(POINTS))
    scored = scored.with_columns(final_score=(col("source_weight") + col("engagement_score") + col("intent_score")).cast(POINTS))
    scored = scored.with_columns(band=band("final_score")).join(bands(scored), on="band", how="left", maintain_order="left")
    scored = scored.with_row_index("row")
    scored = scored.join(reasons_of(scored), on="row", how="left", maintain_order="left")
    action = when("converted").then(lit(CONVERTED_ACTION)).when(col("final_score") >= HOT_FROM).then(lit(HOT_ACTION))
    return scored.select(
        *("lead_id", "as_of"),
        col("as_of").dt.date().alias("event_date"),
        "leads_snapshot",
        lit(RULES_VERSION).alias("model_version"),
        col("source_weight").alias("source_score"),
        *("engagement_score", "intent_score", "final_score"),
        category("final_score").alias("lead_category"),
        *("conversion_probability", "probability_basis"),
        col("reasons").fill_null(pl.lit([], dtype=REASONS)),
        action.when(col("final_score") >= WARM_FROM).then(lit(WARM_ACTION)).otherwise(lit(COLD_ACTION)).alias("recommended_action"),
        *("converted", "converted_at", "conversion_days", "decided_at", "score_before_outcome"),
        category("score_before_outcome").alias("category_before_outcome"),
        *("source", "first_touch_source", "first_touch_at", "last_touch_at"),
    )


def bands(scored: pl.DataFrame) -> pl.DataFrame:
    learned = scored.filter(col("decided_at").is_not_null()).group_by(band=band("score_before_outcome")).agg(
        decided=pl.len(), bought=col("decision_converted_at").count()
    )
    decided, bought = learned["decided"].sum(), learned["bought"].sum()
    overall = (bought + BAND_SHRINKAGE * PRIOR) / (decided + BAND_SHRINKAGE)
    every = pl.DataFrame({"band": range(len(BANDS_FROM) + 1)}, schema={"band": learned.schema["band"]}).join(learned, on="band", how="left")
    if decided == 0:
        return every.select("band", conversion_probability=lit(PRIOR), probability_basis=lit("prior, no outcomes yet"))
    share = (col("bought").fill_null(0) + BAND_SHRINKAGE * overall) / (col("decided").fill_null(0) + BAND_SHRINKAGE)
    basis = pl.format("band rate of {} decided leads, shrunk", "decided")
    nobody = lit(f"rate of all {decided} decided leads, none of them in the band")
    return every.select("band", conversion_probability=share, probability_basis=pl.coalesce(basis, nobody))


def write(frame: pl.DataFrame, lake: Path, table: str) -> None:
    (lake / table).mkdir(parents=True, exist_ok=True)
    frame.write_parquet(lake / table / "part-00000.parquet", compression="zstd", compression_level=ZSTD_LEVEL)


def resolve_and_score(lake: Path) -> None:
    as_of = datetime.now(timezone.utc)
    read = read_silver(lake)
    events = read.with_columns(person=persons(read)).sort("person", "event_time", "source", "event_id")
    del read
    timeline = Timeline.of(events)
    secret = secrets.randbits(63)
    is_first = pl.int_range(pl.len()) == timeline.first
    ids = events.filter(is_first).select("lead-" + pl.coalesce("email", "crm_id", "phone").hash(secret).cast(pl.String).str.zfill(20)).to_series()
    person_number = events.select(is_first.cast(pl.UInt32).cum_sum() - 1).to_series()
    write(events.with_columns(lead_id=ids.gather(person_number)).select(LEAD_EVENT_COLUMNS), lake, "silver/lead_events")
    history, rows = known(timeline, ids)
    write(history.select("lead_id", "valid_from", "valid_to", "is_current", *PROFILE), lake, "silver/lead_history")
    people = leads(history, rows, timeline)
    del history
    write(people.select(LEAD_COLUMNS), lake, "silver/leads")
    featured = features(people, timeline, as_of)
    write(featured.select(FEATURE_COLUMNS), lake, "features/leads")
    write(scores(featured), lake, "gold/lead_scores")


def main() -> None:
    lake, domains = Path(sys.argv[1]), Path(sys.argv[2])
    polars_silver.refine_all(lake, domains)
    mark("silver")
    resolve_and_score(lake)


if __name__ == "__main__":
    main()
