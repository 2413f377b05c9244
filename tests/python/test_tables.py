"""Tables of gold and of the report, counted again, and against what is true of generated events."""

import datetime
import math
from collections import Counter, defaultdict

import pytest

DAY = datetime.timedelta(days=1)


def rows(answers, kind, name):
    columns = answers.models[name].columns
    return [dict(zip(columns, row, strict=True)) for row in answers.of_leadlake(kind, name)]


def joined(answers, kind):
    """Each lead's score, with what is known of the lead."""
    lake = answers.in_duckdb(kind)
    people = {lead["lead_id"]: lead for lead in lake.rows("silver_leads")}
    return [people[score["lead_id"]] | score for score in lake.rows("gold_lead_scores")]


@pytest.mark.parametrize("kind", ["generated", "edges"])
def test_attribution_goes_to_the_first_touch_of_30_days_and_the_last_of_7(answers, kind):
    touches = defaultdict(list)
    for event in answers.tables(kind).events:
        if event["kind"] == "touch":
            touches[event["lead_id"]].append((event["event_time"], event["source"], event["event_id"]))
    conversions, revenue = Counter(), Counter()
    for lead in joined(answers, kind):
        at = lead["converted_at"]
        if at is None:
            continue
        within = {days: [t for t in sorted(touches[lead["lead_id"]]) if at - days * DAY <= t[0] <= at] for days in (7, 30)}
        for model, found in (("first_touch_30_days", within[30][:1]), ("last_touch_7_days", within[7][-1:])):
            key = (at.date(), model, found[0][1] if found else "none")
            conversions[key] += 1
            revenue[key] += float(lead["revenue"])
    told = {(row["day"], row["model"], row["source"]): row for row in rows(answers, kind, "attribution")}
    assert {key: row["conversions"] for key, row in told.items()} == conversions
    assert {key: row["revenue"] for key, row in told.items()} == pytest.approx(revenue)
    assert len(conversions) > 5
    if kind == "edges":
        day = datetime.date(2025, 1, 20)
        assert {key[1:]: (conversions[key], revenue[key]) for key in conversions if key[0] == day} == {
            ("first_touch_30_days", "online"): (1, 150.5),
            ("first_touch_30_days", "webinar"): (1, 1000),
            ("first_touch_30_days", "none"): (1, 0),
            ("last_touch_7_days", "online"): (1, 150.5),
            ("last_touch_7_days", "none"): (2, 1000),
        }


@pytest.mark.parametrize("kind", ["generated", "edges"])
def test_conversion_metrics_hold_every_lead_once(answers, kind):
    groups = defaultdict(list)
    for lead in joined(answers, kind):
        day = (lead["first_touch_at"] or lead["first_seen_at"]).date()
        groups[day, lead["first_touch_source"] or "none"].append(lead)
    told = rows(answers, kind, "conversion_metrics")
    assert {(row["day"], row["source"]) for row in told} == groups.keys()
    for row in told:
        leads = groups[row["day"], row["source"]]
        won = [lead for lead in leads if lead["converted"]]
        assert (row["total_leads"], row["converted_leads"]) == (len(leads), len(won))
        assert row["hot_leads"] == sum(lead["lead_category"] == "HOT" for lead in leads)
        assert math.isclose(row["conversion_rate"], len(won) / len(leads))
        assert math.isclose(row["average_score"], float(sum(lead["final_score"] for lead in leads)) / len(leads), abs_tol=1e-9)
        assert math.isclose(row["revenue"], float(sum(lead["revenue"] for lead in leads)), abs_tol=1e-6)


def test_people_conversions_and_revenue_are_those_of_the_truth(answers):
    truth = answers.truth
    metrics = rows(answers, "generated", "conversion_metrics")
    sources = rows(answers, "generated", "sources")
    assert sum(row["total_leads"] for row in metrics) == sum(row["leads"] for row in sources) == truth["people"]
    assert sum(row["converted_leads"] for row in metrics) == truth["people_converted"]
    assert round(sum(row["revenue"] for row in metrics) * 100) == truth["revenue_paise"]
    for model, column in (("first_touch_30_days", "first"), ("last_touch_7_days", "last")):
        told = [row for row in rows(answers, "generated", "attribution") if row["model"] == model]
        assert sum(row["conversions"] for row in told) == truth["people_converted"]
        assert round(sum(row["revenue"] for row in told) * 100) == truth["revenue_paise"]
        by_source = Counter()
        for row in told:
            by_source[row["source"]] += row["conversions"]
        assert by_source == {row["source"]: n for row in sources if (n := row[f"{column}_touch_conversions"])}

    of_sources = truth["sources"].values()
    hot = sum(row["hot_leads"] for row in metrics)
    assert [row["amount"] for row in sorted(rows(answers, "generated", "funnel"), key=lambda row: row["position"])] == [
        sum(source["records"] for source in of_sources),
        sum(source["accepted"] for source in of_sources),
        sum(source["distinct_events"] for source in of_sources),
        truth["people"],
        hot,
    ]
    refused = {
        (name, code): count for name, source in truth["sources"].items() for code, count in source["refused_by_code"].items()
    }
    told = {(row["source"], row["code"]): row["records"] for row in rows(answers, "generated", "quarantine")}
    assert told == refused
    samples = Counter(row["code"] for row in rows(answers, "generated", "quarantine_samples"))
    assert samples == {code: min(3, count) for code, count in truth["refused"].items() if count}


@pytest.mark.parametrize("kind", ["part", "edges"])
def test_the_funnel_counts_an_event_when_it_first_arrives(answers, kind):
    tables = answers.tables(kind)
    first = {}
    for event in tables.silver:
        key = (event["source"], event["event_id"])
        first[key] = min(first.get(key, event["dt"]), event["dt"])
    arrived = {event["lead_id"] for event in tables.events if tables.in_range(event["dt"])}
    told = {row["step"]: row["amount"] for row in rows(answers, kind, "funnel")}
    assert told["distinct events"] == sum(map(tables.in_range, first.values()))
    assert told["accepted into silver"] == sum(entry["accepted"] for entry in tables.arrived)
    assert told["leads"] == len(arrived)
    is_hot = [lead["lead_category"] == "HOT" for lead in tables.scores if lead["lead_id"] in arrived]
    assert told["hot leads"] == sum(is_hot)


@pytest.mark.parametrize("kind", ["generated", "edges"])
def test_sales_has_every_open_lead_the_highest_score_first(answers, kind):
    called = sorted(rows(answers, kind, "sales_dashboard"), key=lambda row: row["position"])
    open_leads = {lead["lead_id"]: lead for lead in joined(answers, kind) if not lead["converted"] and lead["outcome"] != "lost"}
    assert {row["lead_id"] for row in called} == open_leads.keys()
    assert [row["position"] for row in called] == list(range(1, len(called) + 1))
    never = datetime.datetime.min
    by_lead = sorted(called, key=lambda row: row["lead_id"])
    by_touch = sorted(by_lead, key=lambda row: row["last_touch_at"] or never, reverse=True)
    assert called == sorted(by_touch, key=lambda row: row["final_score"], reverse=True)
    for row in called:
        lead = open_leads[row["lead_id"]]
        same = [name for name in row if name not in ("position", "days_since_last_touch")]
        assert {name: row[name] for name in same} == {name: lead[name] for name in same}
        touched = lead["last_touch_at"]
        assert row["days_since_last_touch"] == (touched and (datetime.date(2025, 1, 31) - touched.date()).days)


@pytest.mark.parametrize("kind", ["generated", "part", "edges"])
def test_bands_and_bins_hold_every_decided_lead_once(answers, kind):
    [accuracy, by_band] = [
        {tuple(row[name] for name in row if name not in ("value", "numerator", "denominator")): row for row in rows(answers, kind, kpi)}
        for kpi in ("lead_score_accuracy", "conversion_by_band")
    ]
    of_all = by_band[None, "conversion_rate", None]
    bands, bins = rows(answers, kind, "score_bands"), rows(answers, kind, "reliability")
    assert sum(row["decided"] for row in bands) == sum(row["decided"] for row in bins) == of_all["denominator"]
    assert sum(row["converted"] for row in bands) == of_all["numerator"]
    below_hot = sum(row["decided"] for row in bands if row["band_from"] is None or row["band_from"] < 80)
    assert below_hot == of_all["denominator"] - by_band[None, "conversion_rate", "HOT"]["denominator"]
    gap = sum(row["decided"] * abs(row["predicted"] - row["observed"]) for row in bins) / of_all["denominator"]
    assert math.isclose(gap, accuracy[None, "calibration_error"]["value"])
    assert all(row["bin"] <= row["predicted"] * 10 < row["bin"] + 1 for row in bins)
    if kind == "edges":
        assert [(row["decided"], row["converted"]) for row in bands if row["band_from"] is None] == [(1, 0)]


def test_first_touches_are_those_of_the_scores(answers):
    told = rows(answers, "generated", "lead_source_distribution") + rows(answers, "edges", "lead_source_distribution")
    scores = [
        score
        for kind in ("generated", "edges")
        for score in answers.tables(kind).scores
        if score["first_touch_at"] and score["first_touch_at"] >= datetime.datetime(2025, 1, 1)
    ]
    counted = Counter((score["first_touch_at"].date(), score["first_touch_source"]) for score in scores)
    shares = Counter()
    for row in told:
        if row["measure"] == "share" and row["day"] is not None and row["numerator"]:
            shares[row["day"], row["source"]] += row["numerator"]
    assert shares == counted


def test_freshness_is_that_of_the_ledger(answers):
    ledger = answers.tables("edges").ledger
    told = {row["source"]: row for row in rows(answers, "edges", "freshness")}
    assert told.keys() == {entry["source"] for entry in ledger}
    for source, row in told.items():
        entries = [entry for entry in ledger if entry["source"] == source]
        assert row["objects"] == len(entries)
        assert row["last_day"] == max(entry["dt"] for entry in entries)
        assert row["last_arrived_at"] == max(entry["arrived_at"] for entry in entries)
        assert row["last_refined_at"] == max(entry["completed_at"] for entry in entries)
    assert told["online"]["last_event_at"] == datetime.datetime(2025, 1, 13, 9)
    assert told["transactions"]["last_event_at"] is None
