"""Features and scores, for polars_people.py, which says what was tried and what is left out."""

from datetime import datetime

from polars_known import DAY, IS_TOUCH, POINTS, Timeline, hundredths, money
from polars_silver import pl
from rules import (
    BAND_SHRINKAGE,
    BANDS_FROM,
    CITIES,
    COLD_ACTION,
    CONVERTED_ACTION,
    DISPOSABLE_POINTS,
    FREQUENCY_DAYS,
    HALF_LIFE_DAYS,
    HOT_ACTION,
    HOT_FROM,
    LOCATION_SHRINKAGE,
    LOST_ACTION,
    MOST_FORMS,
    MOST_QUESTIONS,
    MOST_VISITS,
    MOST_WEBINARS,
    POINTS_PER_WEBINAR_MINUTE,
    PRIOR,
    RULES_VERSION,
    SOURCE_WEIGHTS,
    TIMEFRAME_POINTS,
    TIMEFRAME_WITHIN_DAYS,
    WARM_ACTION,
    WARM_FROM,
)

col, lit, when = pl.col, pl.lit, pl.when


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


def city_key(city: str) -> pl.Expr:
    return col(city).str.strip_chars().str.to_lowercase().replace(CITIES)


def with_location_rate(leads: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """How often other leads of the city convert: the decision of the lead itself is left out."""
    key = city_key("city_when_decided")
    locations = decided.drop_nulls("city_when_decided").group_by(place=key).agg(
        decided=pl.len().cast(pl.Int64), converted=col("decision_converted_at").count().cast(pl.Int64)
    )
    all_decided, all_converted = decided.height, decided["decision_converted_at"].count()
    leads = leads.with_columns(place=city_key("city"))
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
    minutes = when(col("attended") > 0).then(col("webinar_minutes") / col("attended"))
    return leads.with_columns(average_webinar_minutes=minutes).with_columns(
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
    action = when("converted").then(lit(CONVERTED_ACTION)).when(col("outcome") == "lost").then(lit(LOST_ACTION))
    action = action.when(col("final_score") >= HOT_FROM).then(lit(HOT_ACTION))
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
        *("outcome", "converted", "converted_at", "conversion_days", "decided_at", "score_before_outcome"),
        category("score_before_outcome").alias("category_before_outcome"),
        *("source", "first_touch_source", "first_touch_at", "last_touch_at"),
    )


def bands(scored: pl.DataFrame) -> pl.DataFrame:
    learned = scored.filter(col("decided_at").is_not_null()).group_by(band=band("score_before_outcome")).agg(
        decided=pl.len(), bought=col("decision_converted_at").count()
    )
    decided, bought = learned["decided"].sum(), learned["bought"].sum()
    overall = (bought + BAND_SHRINKAGE * PRIOR) / (decided + BAND_SHRINKAGE)
    every = pl.DataFrame({"band": range(len(BANDS_FROM) + 1)}, schema={"band": learned.schema["band"]})
    every = every.join(learned, on="band", how="left")
    if decided == 0:
        return every.select("band", conversion_probability=lit(PRIOR), probability_basis=lit("prior, no outcomes yet"))
    share = (col("bought").fill_null(0) + BAND_SHRINKAGE * overall) / (col("decided").fill_null(0) + BAND_SHRINKAGE)
    basis = pl.format("band rate of {} decided leads, shrunk", "decided")
    nobody = lit(f"rate of all {decided} decided leads, none of them in the band")
    return every.select("band", conversion_probability=share, probability_basis=pl.coalesce(basis, nobody))
