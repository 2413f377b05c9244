"""A person to look for: in what she sends, and in what is told of it."""

import base64
import binascii
import functools
import json
import re
import urllib.parse
import zlib

NAME = "Quillon Xanthopoulos"
EMAIL = "quillon.zq9417@gmail.com"
PHONE = "+91 98417 29417"
# As they are sent, normalised, and in parts. Shorter parts of a phone come up in checksums and times.
PARTS = ("quillon", "xanthopoulos", "zq9417", "98417 29417", "98417-29417", "9841729417")

DAY = "2025/01/08"
SOURCES = ("crm", "online", "roadshow", "transactions", "webinar")
TIME = "2025-01-08T05:00:00Z"
LARGER_THAN_A_RECORD = 1024 * 1024


def found_in(said):
    """What of the person can be read out of it."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return sorted({part for reading in readings(text) for part in PARTS if part in reading})


def readings(text):
    yield text.lower()
    yield urllib.parse.unquote_plus(urllib.parse.unquote(text)).lower()
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text).lower()
    for token in set(re.findall(r"[A-Za-z0-9+/_-]{12,}", text)):
        yield from decoded(token)


@functools.cache
def decoded(token):
    """As base64, which may begin anywhere in it, and as hexadecimal digits."""
    standard = token.translate(str.maketrans("-_", "+/"))
    texts = []
    for skipped in range(4):
        rest = standard[skipped:]
        texts.append(base64.b64decode(rest + "A" * (-len(rest) % 4)))
    try:
        texts.append(binascii.unhexlify(token))
    except binascii.Error:
        pass
    return [text.decode("latin-1").lower() for text in texts]


def event(identity, kind, **members):
    person = {"name": NAME, "email": EMAIL, "phone": PHONE}
    return {"event_id": identity, "event_type": kind, **person, "timestamp": TIME} | members


def met(identity, **members):
    return event(identity, "roadshow_lead", **members)


def lines(*records):
    return "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records).encode()


def accepted():
    return [met(f"met-{number}") for number in range(25)] + [met(EMAIL), met(PHONE), met("quoted", name=f'{NAME} O\'X ("{EMAIL}"')]


def refused():
    """Every way that a record can take, but for the one that it should."""
    whole = json.dumps(met("cut"))
    return [
        met("met-1"),
        met("met-2", city="Pune"),
        met("drifted", **{EMAIL: 1, PHONE: 2, NAME: {EMAIL: []}}),
        json.dumps(met("twice"))[:-1] + f', "{EMAIL}": 1, "{EMAIL}": 2}}',
        event("type", EMAIL),
        met("time", timestamp=PHONE),
        met("phone", phone=f"{NAME} {PHONE} {PHONE}"),
        met("both", phone=NAME, email=NAME),
        met(EMAIL * 10),
        met(f"{EMAIL}\0"),
        json.dumps(met("surrogate")).replace(NAME, f"{NAME}\\ud800"),
        json.dumps(met("deep"))[:-1] + ',"a":' + "[" * 80 + f'"{EMAIL}"' + "]" * 80 + "}",
        met("large", a=EMAIL * (LARGER_THAN_A_RECORD // len(EMAIL) + 1)),
        json.dumps(EMAIL),
        f"{NAME} called from {PHONE}",
        f"{{{EMAIL}}}",
        whole[:-30],
    ]


def objects():
    """Of each key, its bytes."""
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(lines(*accepted(), *refused())) + packer.flush()
    online = {"budget_range": "80k-100k", "purchase_timeframe_days": 15, "utm_source": "ads"}
    bought = {"transaction_id": "t-1", "price": 5, "quantity": 1, "status": "completed"}
    sold = {"name": None, "phone": None, "email": f"sold.{EMAIL}", "outcome": "converted", "revenue": 10}
    return {
        f"bronze/roadshow/{DAY}/record-by-record.json": lines(*accepted(), *refused()),
        f"bronze/roadshow/{DAY}/refused-whole.json": lines(*refused(), *refused()),
        f"bronze/roadshow/{DAY}/damaged.json.gz": packed[:-9],
        f"bronze/roadshow/{DAY}/open-array.json": b"[" + lines(met("open")),
        f"bronze/online/{DAY}/forms.json": lines(event("form", "online_form", **online)),
        f"bronze/webinar/{DAY}/viewers.json": lines(event("viewer", "webinar_attendance", duration=40)),
        f"bronze/crm/{DAY}/outcomes.json": lines(event("sold", "conversion_outcome", **sold)),
        f"bronze/transactions/{DAY}/bought.json": lines(event("bought", "transaction", **bought)),
        f"bronze/strangers/{DAY}/unknown.json": lines(met("unknown")),
    }


def malformed():
    """What nobody should send to a queue."""
    return [
        EMAIL,
        json.dumps({"email": EMAIL, "name": NAME}),
        json.dumps({"Records": [{"s3": {"bucket": {"name": [PHONE]}}}]}),
        json.dumps({"leadlake": NAME}),
        json.dumps({"source": PHONE}),
        f"{{{NAME}",
    ]


def rules(identifier):
    """Of identity, with a fault where the identifier has one."""
    return f"# {NAME}\nignore:\n  - identifier: {identifier}\n    reason: {NAME}\n".encode()


def may_know(key):
    """Whether who somebody is may stand in the object."""
    if key.startswith(("bronze/", "quarantine/", *(f"silver/{source}/" for source in SOURCES), "ops/settings/identity.yaml")):
        return True
    tables = ("silver/lead_events", "silver/leads", "silver/lead_history", "gold/sales_dashboard")
    return key.endswith(".parquet") and key.startswith(tuple(f"{table}/snap=" for table in tables))
