"""A lake on the emulator under load: how much it takes, and whether it holds that for a while. See README.md.

First all objects wait at once, which tells how many a second the whole can do. Then they come evenly, somewhat slower than that."""

import argparse
import concurrent.futures
import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# Finds what the tests on AWS have.
from emulator import account_with

from account import Account, at_once
from deployment import Deployment
from servers import descendants, wait_for

SECONDS_AT_MOST = 300
TICKS = os.sysconf("SC_CLK_TCK")
# Of the capacity that the flood tells.
SHARE = 0.7
# Of the sustained part's last third beside its first.
MOST_MEMORY = 1.2
SECONDS_OF_BACKLOG = 5


@dataclass(frozen=True)
class Moment:
    seconds: float
    put: int
    backlog: int
    functions: int
    # The largest of the functions' processes.
    megabytes: float


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU."""

    functions: float
    emulator: float
    producer: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--functions", type=Path, required=True, help="the folder of the release build of refine")
    parser.add_argument("--flood", type=int, default=2_000, help="objects that wait at once")
    parser.add_argument("--seconds", type=int, default=120, help="how long objects come evenly")
    parser.add_argument("--events", type=int, default=50, help="in each object")
    parser.add_argument("--concurrency", type=int, default=2, help="functions at once")
    asked = parser.parse_args()
    with account_with(asked.functions) as account:
        return load(asked, account)


def load(asked: argparse.Namespace, account: Account) -> int:
    lake = Lake(account, asked)
    capacity = flood(lake, asked.flood)
    rate = max(1.0, capacity * SHARE)
    moments, spent = sustain(lake, rate, asked.seconds)
    lake.check_accounts()
    return verdict(moments, spent, rate, asked.seconds, lake.events)


class Lake:
    """One function for all objects; no proxy stands between it and the emulator."""

    def __init__(self, account: Account, asked: argparse.Namespace):
        self.account = account
        self.events = asked.events
        self.put_so_far = 0
        self.deployment = Deployment(account, "load", "s3://load-lake")
        direct = {"AWS_ENDPOINT_URL": account.emulator.endpoint}
        self.refine = self.deployment.add_refine("all", concurrency=asked.concurrency, enabled=False, variables=direct)
        self.deployment.notify({"bronze/": self.refine.queue})

    def put(self, number: int) -> None:
        lines = (json.dumps(event(number, part)) for part in range(self.events))
        self.deployment.put(f"bronze/webinar/2025/01/10/{number:07}.json", "\n".join(lines).encode())

    def backlog(self) -> int:
        return self.deployment.waiting(self.refine.queue.url)

    def wait_until_worked_off(self) -> None:
        self.deployment.wait_until_worked_off(self.refine, SECONDS_AT_MOST)

    def check_accounts(self) -> None:
        ledger = self.deployment.ledger()
        accepted = sum(entry["counts"]["accepted"] for entry in ledger)
        if (len(ledger), accepted) != (self.put_so_far, self.put_so_far * self.events):
            raise SystemExit(f"{self.put_so_far} objects were put, the ledger tells of {len(ledger)} with {accepted} events")


def event(number: int, part: int) -> dict:
    return {
        "event_id": f"wb-{number}-{part}",
        "event_type": "webinar_attendance",
        "email": f"person-{number}-{part}@example.com",
        "duration_minutes": (number + part) % 90,
        "timestamp": "2025-01-10T09:00:00Z",
    }


def flood(lake: Lake, objects: int) -> float:
    """Objects a second, where all of them wait."""
    at_once(lake.put, range(objects))
    lake.put_so_far = objects
    begun = time.monotonic()
    lake.deployment.enable(lake.refine)
    lake.wait_until_worked_off()
    seconds = time.monotonic() - begun
    print(f"{objects:,} objects of {lake.events} events at once: {seconds:.1f} s, {objects / seconds:.0f} objects a second")
    return objects / seconds


def sustain(lake: Lake, rate: float, seconds: int) -> tuple[list[Moment], Spent]:
    """Puts objects evenly, and looks at everything each second."""
    begun = time.monotonic()
    before = cpu_now(lake.account)
    moments = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1):
            sizes = [resident(pid) for pid in lake.account.emulator.functions()]
            moments.append(Moment(time.monotonic() - begun, lake.put_so_far, lake.backlog(), len(sizes), max(sizes, default=0.0)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    first = lake.put_so_far
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        waiting = []
        for number in range(int(rate * seconds)):
            ahead = begun + number / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            waiting.append(threads.submit(lake.put, first + number))
            lake.put_so_far = first + number + 1
        for put in waiting:
            put.result()
    after = cpu_now(lake.account)
    wait_for("the last objects", lambda: lake.backlog() == 0, SECONDS_AT_MOST, every=0.2)
    over.set()
    watcher.join(10)
    return moments, Spent(*(now - then for now, then in zip(after, before)))


def cpu_now(account: Account) -> tuple[float, float, float]:
    functions = sum(cpu_of(pid) for pid in account.emulator.functions())
    return functions, cpu_of(account.emulator.process.pid), time.process_time()


def cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / TICKS


def resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def verdict(moments: list[Moment], spent: Spent, rate: float, seconds: int, events: int) -> int:
    print(f"\n{rate:.0f} objects of {events} events a second, for {seconds} seconds\n")
    print(f"{'second':>7} {'put':>9} {'backlog':>8} {'functions':>10} {'largest MB':>11}")
    step = max(1, len(moments) // 12)
    for moment in moments[step - 1 :: step]:
        print(f"{moment.seconds:>7.0f} {moment.put:>9,} {moment.backlog:>8,} {moment.functions:>10} {moment.megabytes:>11.1f}")
    objects = rate * seconds
    while_putting = [moment for moment in moments if moment.seconds <= seconds]
    third = max(1, len(while_putting) // 3)
    early, late = (max(moment.megabytes for moment in part) for part in (while_putting[:third], while_putting[-third:]))
    behind = max(moment.backlog for moment in while_putting[-third:]) / rate
    print(f"\nCPU for each object: functions {spent.functions / objects * 1000:.1f} ms, emulator {spent.emulator / objects * 1000:.1f} ms, this producer {spent.producer / objects * 1000:.1f} ms")
    cores = os.cpu_count() or 1
    print(f"of the {cores} cores: functions {spent.functions / seconds / cores:.0%}, emulator {spent.emulator / seconds / cores:.0%}, producer {spent.producer / seconds / cores:.0%}")
    print(f"largest function: {early:.1f} MB in the first third, {late:.1f} MB in the last; at the end at most {behind:.1f} s of work waited")
    missed = []
    if late > MOST_MEMORY * early:
        missed.append(f"memory grew to {late / early:.2f} of what it was")
    if behind > SECONDS_OF_BACKLOG:
        missed.append(f"{behind:.1f} s of work waited, not {SECONDS_OF_BACKLOG}")
    print("; ".join(missed) or "every object is in the ledger once, the backlog stays small and memory flat")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
