"""What goes wrong on the way to AWS: the same for the same seed, in whatever order requests come."""

import collections
import dataclasses
import hashlib
import random
import re

# In front of the service: nothing was done.
SLOW_DOWN = "slow_down"
ERROR = "error"
RESET = "reset"
# Behind it: what was asked is done, and the answer is lost or comes in part.
LOST = "lost"
CUT = "cut"
# Later than anybody waits.
HANG = "hang"
# Later than usual.
LATE = "late"
KINDS = (SLOW_DOWN, ERROR, RESET, LOST, CUT, HANG, LATE)

HANG_SECONDS = 90
LATE_SECONDS = 0.3
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{16}")


@dataclasses.dataclass
class Faults:
    """How likely each is for one attempt; at most `hangs` requests hang. `stale` is for what lists."""

    seed: int = 0
    slow_down: float = 0.0
    error: float = 0.0
    reset: float = 0.0
    lost: float = 0.0
    cut: float = 0.0
    hang: float = 0.0
    late: float = 0.0
    stale: float = 0.0
    hangs: int = 0
    services: frozenset = frozenset({"s3"})
    # How much likelier it is for a service that is asked less often.
    likelier: dict = dataclasses.field(default_factory=dict)
    # By kind.
    injected: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    # By service and kind.
    suffered: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    attempts: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def of(self, call):
        """What happens to this attempt, or None."""
        if call.service not in self.services:
            return None
        drawn = self.drawn(name_of(call)).random()
        for kind in KINDS:
            drawn -= getattr(self, kind) * self.likelier.get(call.service, 1)
            if drawn < 0:
                return self.counted(kind, call)
        return None

    def drawn(self, name):
        """Dice for the next attempt at what is named so."""
        self.attempts[name] += 1
        return random.Random(f"{self.seed} {name} {self.attempts[name]}")

    def counted(self, kind, call):
        if kind == CUT and (call.service != "s3" or call.method != "GET"):
            return None
        if kind == HANG and self.injected[HANG] >= self.hangs:
            return None
        self.injected[kind] += 1
        self.suffered[call.service, kind] += 1
        return kind


class LostOnce:
    """Of each of these requests, by its name, the first answer is lost."""

    def __init__(self, is_meant):
        self.is_meant = is_meant
        self.lost = set()

    def of(self, call):
        name = name_of(call)
        if not self.is_meant(call) or name in self.lost:
            return None
        self.lost.add(name)
        return LOST


def name_of(call):
    """What is asked, as it would be asked by another run."""
    if call.service == "s3" or not call.body.startswith(b"{"):
        return f"{call.method} {RUN.sub('run', call.target)}"
    asked = call.json
    about = (asked.get("TableInput") or asked).get("Name") or asked.get("TableName") or asked.get("QueryString", "")
    return f"{call.service} {call.action} {digest(RUN.sub('run', about))}"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


NONE = Faults(services=frozenset())
