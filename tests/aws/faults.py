"""What goes wrong on the way to AWS: the same for the same seed, in whatever order requests come."""

import collections
import dataclasses
import random

# In front of the service: nothing was done.
SLOW_DOWN = "slow_down"
RESET = "reset"
# Behind it: what was asked is done, and the answer is lost or comes in part.
LOST = "lost"
CUT = "cut"
# Later than anybody waits.
HANG = "hang"

HANG_SECONDS = 90


@dataclasses.dataclass
class Faults:
    """How likely each is for one attempt; at most `hangs` requests hang."""

    seed: int = 0
    slow_down: float = 0.0
    reset: float = 0.0
    lost: float = 0.0
    cut: float = 0.0
    hang: float = 0.0
    hangs: int = 0
    services: frozenset = frozenset({"s3"})
    injected: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    attempts: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def of(self, call):
        """What happens to this attempt, or None."""
        if call.service not in self.services:
            return None
        self.attempts[call.method, call.target] += 1
        attempt = self.attempts[call.method, call.target]
        drawn = random.Random(f"{self.seed} {call.method} {call.target} {attempt}").random()
        for kind in (SLOW_DOWN, RESET, LOST, CUT, HANG):
            drawn -= getattr(self, kind)
            if drawn < 0:
                return self.counted(kind, call)
        return None

    def counted(self, kind, call):
        if kind == CUT and call.method != "GET":
            return None
        if kind == HANG and self.injected[HANG] >= self.hangs:
            return None
        self.injected[kind] += 1
        return kind


NONE = Faults(services=frozenset())
