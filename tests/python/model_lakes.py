"""Lakes that models are asked about, and what they answer, by leadlake and by DuckDB."""

import datetime
import functools
import json
import shutil

from kpi_counts import Tables
from sql_models import Asked, LakeInDuckDb, ask_leadlake, shipped

KINDS = ["generated", "part", "without_outcomes", "edges", "single_event", "empty"]

JANUARY = Asked(datetime.datetime(2025, 1, 31, 23, 59, 59, 999999), datetime.date(2025, 1, 1), datetime.date(2025, 1, 31))

# Ends within a day. Of its 60 objects there is one at each percentile exactly.
PART = Asked(datetime.datetime(2025, 1, 20, 12, 0, 0), datetime.date(2025, 1, 9), datetime.date(2025, 1, 20))


def roadshow(event_id, email, timestamp):
    return {"event_id": event_id, "event_type": "roadshow_lead", "email": email, "city": "Pune", "timestamp": timestamp}


def webinar(event_id, email, timestamp, minutes=40):
    kind = "webinar_attendance"
    told = {"email": email, "duration_minutes": minutes, "webinar_id": "launch", "timestamp": timestamp}
    return {"event_id": event_id, "event_type": kind} | told


def online(event_id, email, timestamp, days=90):
    kind = "online_form_submission"
    told = {"email": email, "purchase_timeframe_days": days, "timestamp": timestamp}
    return {"event_id": event_id, "event_type": kind} | told


def crm(event_id, email, timestamp, outcome, **more):
    kind = "conversion_outcome"
    return {"event_id": event_id, "event_type": kind, "email": email, "outcome": outcome, "timestamp": timestamp} | more


# What generated events hardly ever do. Those who converted on 20 January at nine are a, b and c; k and l are alike.
EDGES = {
    ("roadshow", "2024/12/01"): [
        roadshow("r1", "a@example.com", "2024-12-01T09:00:00Z"),
        roadshow("r2", "i@example.com", "2024-12-01T10:00:00Z"),
    ],
    ("webinar", "2024/12/22"): [
        webinar("w1", "b@example.com", "2024-12-21T09:00:00Z"),
        webinar("w2", "c@example.com", "2024-12-21T08:59:59Z"),
    ],
    ("roadshow", "2025/01/01"): [
        roadshow("r5", "k@example.com", "2025-01-01T10:00:00Z"),
        roadshow("r6", "l@example.com", "2025-01-01T10:00:00Z"),
    ],
    ("roadshow", "2025/01/02"): [roadshow("r1", "a@example.com", "2024-12-01T09:00:00Z") | {"city": "Delhi"}],
    ("online", "2025/01/02"): [
        online("o1", "e@mailinator.com", "2025-01-02T00:00:00Z"),
        online("o2", "h@example.com", "2025-01-02T09:00:00Z"),
        {"event_id": "o3", "event_type": "online_form_submission", "timestamp": "2025-01-02T09:00:00Z"},
    ],
    ("online", "2025/01/03"): [
        online("o2", "h@example.com", "2025-01-02T09:00:00Z", days=10),
        online("o2", "h@example.com", "2025-01-02T09:00:00Z", days=10),
        online("o4", "g@example.com", "2025-02-10T09:00:00Z"),
        online("o5", "d@example.com", "2025-01-03T23:59:59.999999Z", days=30),
        online("o6", "i@example.com", "2025-01-03T10:00:00Z") | {"budget_range": "much", "colour": "red"},
    ],
    ("online", "2025/01/14"): [online("o7", "a@example.com", "2025-01-13T09:00:00Z")],
    ("webinar", "2025/01/14"): [
        webinar("w3", "i@example.com", "2025-01-14T10:00:00Z", 10),
        webinar("w4", "d@example.com", "2025-01-24T10:00:00Z", 200),
        webinar("a5", "j@example.com", "2025-01-06T10:00:00Z"),
    ],
    ("roadshow", "2025/01/14"): [
        roadshow("r3", "i@example.com", "2025-01-14T10:00:00Z"),
        roadshow("z4", "j@example.com", "2025-01-06T10:00:00Z"),
    ],
    ("crm", "2025/01/21"): [
        crm("c1", "a@example.com", "2025-01-20T09:00:00Z", "converted", revenue=100.5),
        crm("c2", "a@example.com", "2025-01-21T09:00:00Z", "converted", revenue=50),
        crm("c3", "b@example.com", "2025-01-20T09:00:00Z", "converted", revenue=1000, currency="INR"),
        crm("c4", "c@example.com", "2025-01-20T09:00:00Z", "converted", revenue=7, currency="USD"),
        crm("c5", "d@example.com", "2025-01-05T00:00:00Z", "lost", reason="price"),
        crm("c6", "d@example.com", "2025-01-25T10:00:00Z", "converted", revenue=9),
        crm("c7", "e@mailinator.com", "2025-01-06T10:00:00Z", "lost"),
        crm("c8", "f@example.com", "2025-01-07T10:00:00Z", "lost"),
        crm("c9", "i@example.com", "2025-01-14T10:00:00Z", "open"),
    ],
    ("transactions", "2024/12/10"): [{"colour": "red"}],
    ("transactions", "2025/01/22"): [{"colour": "red"}, {"colour": "blue"}],
}


class Answers:
    """What is in each lake, and what each model answers about it; each asked once."""

    def __init__(self, leadlake, folder):
        self.leadlake = leadlake
        self.folder = folder
        self.models = shipped()
        self.truth = self.generate("generated", 8000)
        shutil.copytree(folder / "generated" / "bronze", folder / "without_outcomes" / "bronze")
        for source in ("crm", "transactions"):
            shutil.rmtree(folder / "without_outcomes" / "bronze" / source)
        self.put("single_event", "webinar", "2025/01/10", [webinar("w1", "a@example.com", "2025-01-10T09:00:00Z")])
        for (source, day), events in EDGES.items():
            self.put("edges", source, day, events)
        (folder / "empty" / "bronze").mkdir(parents=True)
        for lake in ("generated", "without_outcomes", "edges", "single_event", "empty"):
            leadlake("ingest", "--lake", folder / lake)
            leadlake("score", "--lake", folder / lake, "--as-of", "2025-01-31")

    def generate(self, lake, events):
        self.leadlake("generate", self.folder / lake, "--events", str(events), "--days", "31", "--seed", "5")
        return json.loads((self.folder / lake / "generated.json").read_text())

    def put(self, lake, source, day, events):
        """Lays events into bronze, as one object of that day."""
        place = self.folder / lake / "bronze" / source / day
        place.mkdir(parents=True)
        (place / "events.json").write_text("\n".join(json.dumps(event) for event in events))

    def asked(self, kind):
        return PART if kind == "part" else JANUARY

    def lake(self, kind):
        return self.folder / ("generated" if kind == "part" else kind)

    @functools.cache
    def in_duckdb(self, kind):
        return LakeInDuckDb(self.lake(kind))

    @functools.cache
    def tables(self, kind):
        return Tables(self.in_duckdb(kind), self.asked(kind))

    @functools.cache
    def of_leadlake(self, kind, model):
        return ask_leadlake(self.leadlake, self.lake(kind), self.models[model], self.asked(kind))

    def of_duckdb(self, kind, model):
        return self.in_duckdb(kind).answer(self.models[model], self.asked(kind))
