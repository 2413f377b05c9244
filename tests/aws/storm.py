"""Two thousand objects at once, and who makes trouble meanwhile."""

import json
import random
import threading

from servers import kill

OBJECTS = 1980
DUPLICATES = 200
# Done again whether or not they were done, each twice.
FORCED = 100
UNKNOWN = 10
GONE = 10

PARTNERS = "partners"


def event(number, part):
    return {
        "event_id": f"wb-{number}-{part}",
        "event_type": "webinar_attendance",
        "email": f"person-{number}@example.com",
        "duration_minutes": number % 90,
        "timestamp": "2025-01-10T09:00:00Z",
    }


def content(number):
    """Two good records, the first of them twice; every tenth object has a refused one too."""
    lines = [event(number, 0), event(number, 1), event(number, 0)]
    lines += [{"event_type": "webinar_attendance"}] if number % 10 == 0 else []
    return "\n".join(json.dumps(line) for line in lines).encode()


def key(number, source="webinar"):
    return f"bronze/{source}/2025/01/10/storm {number:04}+a.json"


def notification(bucket, place):
    """What S3 says of an object without versions."""
    encoded = place.replace("+", "%2B").replace(" ", "+")
    told = {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": {"key": encoded, "size": 1, "eTag": "0" * 32}}
    record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": told}
    return json.dumps({"Records": [record | {"eventTime": "2025-01-10T09:00:00.000Z", "awsRegion": "us-east-1"}]})


def forced(number):
    return json.dumps({"leadlake": "refine", "key": key(number), "force": True})


class Killer:
    """Kills one process of a function after another, as Lambda's host might."""

    def __init__(self, emulator, seed, kills, every=0.7):
        self.emulator = emulator
        self.random = random.Random(seed)
        self.kills = kills
        self.every = every
        self.killed = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)

    def work(self):
        while self.killed < self.kills and not self.over.wait(self.every):
            running = self.emulator.functions()
            if running:
                self.killed += kill(self.random.choice(running))
