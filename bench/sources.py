"""What both rivals have to know of the contracts in contracts/*.odcs.yaml, and where their input and output lie.

Written out by hand, so that no run pays for reading YAML. run.py finds out when it no longer agrees with the contracts:
the counts of accepted events differ then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

CONTRACT_VERSION = "1.0.0"
AHEAD_OF_ARRIVAL = timedelta(hours=48)
EARLIEST_EVENT = datetime(2000, 1, 1, tzinfo=timezone.utc)
ZSTD_LEVEL = 1
THREADS = 2

PRECISION, DECIMALS = 18, 2


@dataclass(frozen=True)
class Field:
    name: str
    # text, email, phone, integer, decimal, range, days or time. A range fills <name>_low and <name>_high.
    kind: str = "text"
    aliases: tuple[str, ...] = ()
    required: bool = False
    shortest: int = 0
    longest: int = 200
    lowest: int | None = None
    highest: int | None = None
    allowed: tuple[str, ...] = ()
    keeps_original: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Source:
    name: str
    fields: tuple[Field, ...]
    # One of these must hold a value.
    any_of: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for field in self.fields for name in field.inputs))


EVENT_ID = Field("event_id")
EVENT_TIME = Field("event_time", "time", ("timestamp",), required=True)
EMAIL = Field("email", "email", longest=254, keeps_original=True)
PHONE = Field("phone", "phone", keeps_original=True)
NAME = Field("name")
CITY = Field("city", longest=100)
CURRENCY = Field("currency", shortest=3, longest=3)


def event_type(*allowed: str) -> Field:
    return Field("event_type", required=True, allowed=allowed)


# The largest first, so that neither thread is left with a large one at the end.
SOURCES = (
    Source(
        "webinar",
        (
            EVENT_ID,
            event_type("webinar_attendance", "webinar_registration"),
            EVENT_TIME,
            Field("email", "email", required=True, longest=254, keeps_original=True),
            Field("duration_minutes", "integer", ("duration",), lowest=0, highest=1440),
            Field("questions_asked", "integer", ("questions",), lowest=0, highest=1000),
            Field("webinar_id"),
        ),
    ),
    Source(
        "online",
        (
            EVENT_ID,
            event_type("online_form_submission", "online_form"),
            EVENT_TIME,
            EMAIL,
            NAME,
            PHONE,
            CITY,
            Field("budget_range", longest=100),
            Field("budget", "range", ("budget_range",), lowest=0),
            Field(
                "purchase_timeframe_days",
                "days",
                ("purchase_timeframe",),
                lowest=0,
                highest=3650,
                keeps_original=True,
            ),
            Field("utm_source"),
            Field("utm_medium"),
            Field("utm_campaign"),
            Field("form_id"),
            Field("page_url", longest=2048),
        ),
        any_of=("email", "phone"),
    ),
    Source(
        "crm",
        (
            EVENT_ID,
            event_type("conversion_outcome"),
            EVENT_TIME,
            EMAIL,
            Field("crm_id"),
            PHONE,
            Field("outcome", required=True, allowed=("converted", "lost", "open")),
            Field("revenue", "decimal", lowest=0),
            CURRENCY,
            Field("reason", longest=1000),
        ),
        any_of=("email", "phone", "crm_id"),
    ),
    Source(
        "roadshow",
        (
            EVENT_ID,
            event_type("roadshow_registration", "roadshow_lead"),
            EVENT_TIME,
            EMAIL,
            NAME,
            PHONE,
            CITY,
            Field("device_interest", aliases=("interested_model",)),
            Field("captured_by"),
            Field("device_id"),
        ),
        any_of=("email", "phone"),
    ),
    Source(
        "transactions",
        (
            EVENT_ID,
            event_type("transaction"),
            EVENT_TIME,
            EMAIL,
            PHONE,
            Field("transaction_id", required=True),
            Field("product_id"),
            Field("quantity", "integer", lowest=1),
            Field("price", "decimal", lowest=0),
            CURRENCY,
            Field("payment_method", longest=50),
            Field("status", allowed=("completed", "pending", "refunded", "cancelled", "failed")),
        ),
        any_of=("email", "phone"),
    ),
)


@dataclass(frozen=True)
class BronzeObject:
    path: Path
    key: str
    day: str
    arrived: datetime


def list_objects(lake: Path, source: Source) -> list[BronzeObject]:
    """The source's objects, bronze/<source>/YYYY/MM/DD/<name>.json, which arrived when they were last modified."""
    objects = []
    for path in sorted(lake.glob(f"bronze/{source.name}/*/*/*/*.json")):
        year, month, day = path.parts[-4:-1]
        arrived = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
        objects.append(BronzeObject(path, path.relative_to(lake).as_posix(), f"{year}-{month}-{day}", arrived))
    return objects
