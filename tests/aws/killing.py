"""Kills a process before or after one of the requests by which it changes something, and keeps count of what became of it."""

import asyncio
import collections
import concurrent.futures
import dataclasses

from servers import wait_for

BEFORE, AFTER = "before", "after"
SIDES = (BEFORE, AFTER)
SERVICES = ("s3", "glue", "athena", "sqs", "cloudwatch")
READING = ("Get", "BatchGet", "List", "Search", "Receive", "Describe")
PATIENCE = 60


class Executioner:
    """Stands before each rule of a proxy. One process at a time talks through it, and may be condemned."""

    def __init__(self, rules):
        self.rules = {service: self.watched(rules.get(service, plain)) for service in SERVICES}
        self.under_way = 0
        self.begin()

    def begin(self, at=None, side=None):
        """From now on requests are counted anew; at that one the process dies."""
        self.at, self.side = at, side
        self.changes = []
        self.has_killed = False
        self.process = concurrent.futures.Future()

    def wait_until_still(self):
        """What the dead asked for is done."""
        wait_for("requests that are under way", lambda: self.under_way == 0, PATIENCE, every=0.002)

    def watched(self, rule):
        async def watched(call, forward):
            if self.has_killed:
                raise ConnectionResetError
            is_last = is_change(call) and self.counted(call) == self.at
            if is_last and self.side == BEFORE:
                await self.kill()
            self.under_way += 1
            try:
                answer = await rule(call, forward)
            finally:
                self.under_way -= 1
            if is_last:
                await self.kill()
            return answer

        return watched

    def counted(self, call):
        """Which of the changing requests this is."""
        self.changes.append(f"{call.service} {call.action or call.method} {call.target}")
        return len(self.changes)

    async def kill(self):
        self.has_killed = True
        process = self.process.result(PATIENCE)
        process.kill()
        await asyncio.to_thread(process.wait, PATIENCE)
        raise ConnectionResetError


async def plain(call, forward):
    return await forward(call)


def is_change(call):
    if call.service == "s3":
        return call.method in ("PUT", "POST", "DELETE")
    return not call.action.startswith(READING)


def spread(changes, kills):
    """Of all places where a process can die so many, evenly and by turns before and after; all where no number is given."""
    if kills is None or kills >= changes * len(SIDES):
        return [(at, side) for at in range(1, changes + 1) for side in SIDES]
    return [((2 * number + 1) * changes // (2 * kills) + 1, SIDES[number % len(SIDES)]) for number in range(kills)]


@dataclasses.dataclass
class Fate:
    """What became of an act that was killed again and again."""

    act: str
    changes: int
    kills: int = 0
    recovered: int = 0
    lost: list = dataclasses.field(default_factory=list)


FATES = []


def table_of_fates():
    rows = [[fate.act, fate.changes, fate.kills, fate.recovered, len(fate.lost)] for fate in FATES]
    sums = collections.Counter()
    for row in rows:
        sums.update(dict(enumerate(row[1:])))
    rows = [["act", "requests", "kills", "recovered", "lost"], *rows, ["in all", *(sums[number] for number in range(4))]]
    return [f"{name:<12}" + "".join(f"{number:>11}" for number in numbers) for name, *numbers in rows]
