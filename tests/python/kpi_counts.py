"""The ten KPIs, counted from rows of the lake's tables by plain loops, as their definitions say it in words."""

import datetime
import math
from collections import Counter, defaultdict

DAY = datetime.timedelta(days=1)


def share(part, whole):
    return (part / whole if whole else None, float(part), float(whole))


def count(number):
    return (float(number), float(number), None)


class Tables:
    """What the counts are made from."""

    def __init__(self, lake, asked):
        self.asked = asked
        self.ledger = lake.rows("ops_ledger")
        self.arrived = [entry for entry in self.ledger if asked.from_day <= entry["dt"] <= asked.to_day]
        self.silver = lake.rows("silver_lead_events")
        self.events = [event for event in self.silver if event["lead_id"] is not None]
        self.history = lake.rows("silver_lead_history")
        self.scores = lake.rows("gold_lead_scores")

    def scopes(self, day, source):
        """Each row counts for its day and the range, for its source and all of them."""
        return [(day, source), (day, None), (None, source), (None, None)]

    def in_range(self, day):
        return self.asked.from_day <= day <= self.asked.to_day


def lead_volume(tables):
    records, objects, leads, new_leads = Counter(), Counter(), defaultdict(set), Counter()
    for entry in tables.arrived:
        for scope in tables.scopes(entry["dt"], entry["source"]):
            records[scope] += entry["records"]
            objects[scope] += 1
    first = {}
    for event in tables.events:
        for source in (event["source"], None):
            key = (event["lead_id"], source)
            first[key] = min(first.get(key, event["dt"]), event["dt"])
        if tables.in_range(event["dt"]):
            for scope in tables.scopes(event["dt"], event["source"]):
                leads[scope].add(event["lead_id"])
    for (_, source), day in first.items():
        if tables.in_range(day):
            new_leads[day, source] += 1
            new_leads[None, source] += 1
    delivered = defaultdict(set)
    for entry in tables.ledger:
        for source in (entry["source"], None):
            if entry["dt"] <= tables.asked.to_day:
                delivered[source].add(entry["dt"])
    rows = {}
    for source, deliveries in delivered.items():
        looked_for = {delivery + days * DAY for delivery in deliveries for days in range(36)}
        for day in [None, *(day for day in tables.asked.days() if day in looked_for)]:
            rows[day, "records", source] = count(records[day, source])
            rows[day, "objects", source] = count(objects[day, source])
            rows[day, "leads", source] = count(len(leads[day, source]))
            rows[day, "new_leads", source] = count(new_leads[day, source])
    return rows


def data_quality(tables):
    records, found = Counter(), Counter()
    for entry in tables.arrived:
        for day, source in tables.scopes(entry["dt"], entry["source"]):
            records[day, source] += entry["records"]
            found[day, "duplicate", source, None] += entry["duplicate"]
            for measure in ("invalid", "missing", "drifted"):
                found[day, measure, source, None] += 0
                for field, amount in entry[f"{measure}_by_field"].items():
                    found[day, measure, source, field] += amount
                    found[day, measure, source, None] += amount
    return {key: share(amount, records[key[0], key[2]]) for key, amount in found.items() if records[key[0], key[2]]}


def processing_success_rate(tables):
    sums = defaultdict(Counter)
    for entry in tables.arrived:
        for scope in tables.scopes(entry["dt"], entry["source"]):
            sums[scope].update({name: entry[name] for name in ("records", "accepted", "refused", "duplicate")})
    measures = {"reached_silver": "accepted", "refused": "refused", "duplicate": "duplicate"}
    return {
        (day, measure, source): share(counts[column], counts["records"])
        for (day, source), counts in sums.items()
        for measure, column in measures.items()
        if counts["records"]
    }


def lead_source_distribution(tables):
    asked = tables.asked
    happened = [
        event
        for event in tables.events
        if event["event_time"] <= asked.as_of and event["event_time"].date() <= asked.to_day
    ]
    touches = [event for event in happened if event["kind"] == "touch"]
    touches.sort(key=lambda event: (event["event_time"], event["source"].encode(), event["event_id"].encode()))
    first, begins, reached = {}, {}, defaultdict(set)
    for touch in touches:
        first.setdefault(touch["lead_id"], touch)
        begins.setdefault(touch["source"], touch["event_time"].date())
        reached[touch["source"]].add(touch["lead_id"])
    through = Counter()
    for touch in first.values():
        day = touch["event_time"].date()
        if day >= asked.from_day:
            through[day, touch["source"]] += 1
            through[None, touch["source"]] += 1
    rows = {}
    for day in {day for day, _ in through}:
        of_day = {source: through[day, source] for source in begins if day is None or begins[source] <= day}
        everybody = sum(of_day.values())
        rows |= {(day, "share", source): share(leads, everybody) for source, leads in of_day.items()}
        rows[day, "dominant_share", None] = share(max(of_day.values()), everybody)
    leads = {event["lead_id"] for event in happened}
    return rows | {(None, "reached", source): share(len(theirs), len(leads)) for source, theirs in reached.items()}


def enrichment_coverage(tables):
    rows = {}
    for day in tables.asked.days():
        known = [
            lead
            for lead in tables.history
            if lead["valid_from"] <= day and (lead["valid_to"] is None or lead["valid_to"] > day)
        ]
        who = [lead["name"] and lead["city"] and (lead["email"] or lead["phone"]) for lead in known]
        did = [lead["webinars"] or lead["forms"] or lead["visits"] for lead in known]
        wants = ("device_interest", "budget_low", "budget_high", "purchase_timeframe_days")
        means = [any(lead[column] is not None for column in wants) for lead in known]
        what = [touched and meant for touched, meant in zip(did, means, strict=True)]
        measures = {"demographic": who, "behavioural": what, "complete": [a and b for a, b in zip(who, what, strict=True)]}
        for measure, told in measures.items() if known else ():
            rows[day, measure] = share(sum(map(bool, told)), len(known))
            if day == tables.asked.to_day:
                rows[None, measure] = rows[day, measure]
    return rows


def decided(tables, day):
    """Leads decided in the 28 days up to a day, or in the range; and whether they had converted when it was asked."""
    asked = tables.asked
    first, last = (asked.from_day, asked.to_day) if day is None else (day - 27 * DAY, day)
    return [
        (lead, lead["converted_at"] is not None and lead["converted_at"] <= asked.as_of)
        for lead in tables.scores
        if lead["decided_at"] is not None
        and lead["decided_at"] <= asked.as_of
        and first <= lead["decided_at"].date() <= last
    ]


def lead_score_accuracy(tables):
    rows = {}
    for day in [None, *tables.asked.days()]:
        leads = decided(tables, day)
        if not leads:
            continue
        told = [(lead["probability_before_outcome"], converted) for lead, converted in leads]
        ranked = [(lead["score_before_outcome"], converted) for lead, converted in leads]
        rows[day, "auc"] = (auc(ranked), None, None)
        rows[day, "log_loss"] = (mean(-math.log(p if won else 1 - p) for p, won in told), None, None)
        rows[day, "brier"] = (mean((p - won) ** 2 for p, won in told), None, None)
        rows[day, "calibration_error"] = (calibration_error(told), None, None)
        rows[day, "decided"] = count(len(leads))
    return rows


def mean(numbers):
    numbers = list(numbers)
    return math.fsum(numbers) / len(numbers)


def auc(ranked):
    """How often a lead that converted had the higher score than one that did not, over all such pairs."""
    won = Counter(score for score, converted in ranked if converted)
    lost = Counter(score for score, converted in ranked if not converted)
    pairs = won.total() * lost.total()
    if not pairs:
        return None
    halves = sum(
        (2 if high > low else 1 if high == low else 0) * winners * losers
        for high, winners in won.items()
        for low, losers in lost.items()
    )
    return halves / 2 / pairs


def calibration_error(told):
    bins = defaultdict(list)
    for probability, won in told:
        bins[min(int(probability * 10), 9)].append((probability, won))
    gaps = [len(part) * abs(mean(p for p, _ in part) - mean(won for _, won in part)) for part in bins.values()]
    return math.fsum(gaps) / len(told)


def high_intent_lead_ratio(tables):
    leads, of_category = Counter(), Counter()
    for lead in tables.scores:
        for scope in tables.scopes(lead["as_of"].date(), lead["first_touch_source"] or "none"):
            leads[scope] += 1
            of_category[scope, lead["lead_category"]] += 1
    return {
        (day, category.lower(), source): share(of_category[(day, source), category], everybody)
        for (day, source), everybody in leads.items()
        for category in ("HOT", "WARM", "COLD")
    }


def processing_latency(tables):
    waits = defaultdict(list)
    for entry in tables.arrived:
        milliseconds = milliseconds_of(entry["completed_at"]) - milliseconds_of(entry["arrived_at"])
        for scope in tables.scopes(entry["dt"], entry["source"]):
            waits[scope].append(max(milliseconds, 0) / 1000)
    rows = {}
    for (day, source), seconds in waits.items():
        seconds.sort()
        for name, percent in {"p50": 50, "p95": 95, "p99": 99, "max": 100}.items():
            place = -(-len(seconds) * percent // 100)
            rows[day, name, source] = (seconds[place - 1], None, float(len(seconds)))
    return rows


def milliseconds_of(instant):
    return (instant - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1)


def duplicate_reduction(tables):
    first = {}
    for event in tables.silver:
        key = (event["source"], event["event_id"])
        first[key] = min(first.get(key, event["dt"]), event["dt"])
    events, within, accepted = Counter(), Counter(), Counter()
    for (source, _), day in first.items():
        if tables.in_range(day):
            events.update(tables.scopes(day, source))
    for entry in tables.arrived:
        for scope in tables.scopes(entry["dt"], entry["source"]):
            within[scope] += entry["duplicate"]
            accepted[scope] += entry["accepted"]
    rows = {}
    for (day, source), kept in accepted.items():
        readable, across = kept + within[day, source], kept - events[day, source]
        if readable:
            rows[day, "within_object", source] = share(within[day, source], readable)
            rows[day, "across_objects", source] = share(across, readable)
            rows[day, "eliminated", source] = share(within[day, source] + across, readable)
    return rows


def conversion_by_band(tables):
    rows = {}
    for day in [None, *tables.asked.days()]:
        on_the_day = [each for each in decided(tables, day) if day in (None, each[0]["decided_at"].date())]
        for band, (won, leads) in by_band(on_the_day, "category_before_outcome").items():
            rows[day, "conversion_rate", band] = share(won, leads)
        rates = {band: won / leads for band, (won, leads) in by_band(decided(tables, day), "category_before_outcome").items()}
        if not rates:
            continue
        hot, everybody = rates.get("HOT"), rates[None]
        lift = hot / everybody if hot is not None and everybody else None
        rows[day, "lift", None] = (lift, hot, everybody)
        in_turn = [rates[band] for band in ("HOT", "WARM", "COLD") if band in rates]
        falling = all(higher > lower for higher, lower in zip(in_turn, in_turn[1:]))
        rows[day, "in_order", None] = (float(falling) if len(in_turn) > 1 else None, None, None)
    everybody = [
        (lead | {"band": lead["category_before_outcome"] or lead["lead_category"]}, won) for lead, won in all_leads(tables)
    ]
    for band, (won, leads) in by_band(everybody, "band").items():
        rows[None, "of_all_leads", band] = share(won, leads)
    return rows


def all_leads(tables):
    as_of = tables.asked.as_of
    return [(lead, lead["converted_at"] is not None and lead["converted_at"] <= as_of) for lead in tables.scores]


def by_band(leads, column):
    """Of each band, and of all, how many converted and how many there are."""
    counts = {}
    for lead, converted in leads:
        for band in (lead[column], None):
            won, everybody = counts.get(band, (0, 0))
            counts[band] = (won + converted, everybody + 1)
    return counts
