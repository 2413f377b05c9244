"""A lake at several sizes, of more people and of more that the same people do: time should grow with it, memory as little as can be. See README.md."""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from process import MEGABYTE, BenchError, Taken, run_to_end

ROOT = Path(__file__).resolve().parent.parent
SEED = 7
THREADS = 2
MILLION = 1_000_000
# Of the largest beside the smallest.
MOST_TIME_PER_EVENT = 1.35
MOST_MEMORY_OF_INGEST = 1.5
# What people are known by is held in memory, what they do is not.
MOST_MEMORY_FOR_THE_SAME_PEOPLE = 1.25
MOST_BYTES_FOR_A_FURTHER_PERSON = 250


@dataclass(frozen=True)
class Grown:
    events: int
    megabytes: float
    ingest: Taken
    score: Taken
    # Distinct ones that score counted, and whose.
    counted: int
    people: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leadlake", type=Path, required=True, help="a release build of leadlake")
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 2, 5, 10], help="of events, from the smallest to the largest")
    asked = parser.parse_args()
    if not os.access(asked.leadlake, os.X_OK):
        parser.error(f"{asked.leadlake} cannot be run: build it first")
    sizes = [round(millions * MILLION) for millions in asked.millions]
    leadlake = str(asked.leadlake.resolve())
    try:
        more_people = [measured(leadlake, events) for events in sizes]
        same_people = [more_people[0]] + [measured(leadlake, sizes[0], times=round(events / sizes[0])) for events in sizes[1:]]
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return tell(more_people, same_people)


def measured(leadlake: str, events: int, times: int = 1) -> Grown:
    """A lake of its own, gone afterwards: ten million events take some 8 GB."""
    with tempfile.TemporaryDirectory(prefix="leadlake-growth-") as folder:
        lake = str(Path(folder, "lake"))
        contracts = ("--contracts", str(ROOT / "contracts"))
        run_to_end("generate", (leadlake, "generate", lake, "--events", str(events), "--seed", str(SEED), *contracts))
        do_more(Path(lake, "bronze"), times)
        megabytes = sum(path.stat().st_size for path in Path(lake).glob("bronze/**/*.json")) / MEGABYTE
        ours = ("--lake", lake, "--threads", str(THREADS), *contracts)
        ingest = run_to_end("ingest", (leadlake, "ingest", *ours)).taken
        scored = run_to_end("score", (leadlake, "score", "--format", "json", "--scoring", str(ROOT / "scoring.yaml"), *ours))
    told = json.loads("\n".join(scored.lines))
    grown = Grown(events * times, megabytes, ingest, scored.taken, told["events"], told["leads"])
    print(row(grown), file=sys.stderr)
    return grown


def do_more(bronze: Path, times: int) -> None:
    """Each object again and again, under other names and with other ids: the same people, who do as much more."""
    for original in sorted(bronze.glob("**/*.json")):
        facts = original.stat()
        for time in range(2, times + 1):
            again = original.with_stem(f"{original.stem}-{time}")
            with original.open("rb") as lines, again.open("wb") as written:
                written.writelines(with_another_id(line, time, f"{again.stem}-{number}") for number, line in enumerate(lines))
            os.utime(again, ns=(facts.st_atime_ns, facts.st_mtime_ns))


ID = b'{"event_id":"'


def with_another_id(line: bytes, time: int, name: str) -> bytes:
    """What was delivered twice is so again, as the same event. What has no id gets one: else its content would be one."""
    if line.startswith(ID):
        return b"%s%d-%s" % (ID, time, line[len(ID) :])
    return b'%s%s",%s' % (ID, name.encode(), line[1:]) if line.startswith(b'{"') else line


def tell(more_people: list[Grown], same_people: list[Grown]) -> int:
    missed = []
    for what, lakes in (("more people", more_people), ("the same people, who do more", same_people)):
        print(f"\n{what}")
        print(f"{'events':>12} {'raw MB':>8} | {'ingest s':>9} {'CPU s':>7} {'peak MB':>8} | {'score s':>9} {'CPU s':>7} {'peak MB':>8} | {'CPU us an event':>15}")
        for lake in lakes:
            print(row(lake))
        first, last = lakes[0], lakes[-1]
        slower = cpu_per_event(last) / cpu_per_event(first)
        larger = {step: getattr(last, step).peak / getattr(first, step).peak for step in ("ingest", "score")}
        print(f"{last.events / first.events:.0f} times the events: {slower:.2f} times the CPU of each, {larger['ingest']:.2f} times the memory of ingest, {larger['score']:.2f} of score")
        if slower > MOST_TIME_PER_EVENT:
            missed.append(f"{what}: an event takes {slower:.2f} times the CPU, not {MOST_TIME_PER_EVENT}")
        if larger["ingest"] > MOST_MEMORY_OF_INGEST:
            missed.append(f"{what}: ingest takes {larger['ingest']:.2f} times the memory, not {MOST_MEMORY_OF_INGEST}")
    if len(more_people) > 1:
        before, last = more_people[-2:]
        of_each = (last.score.peak - before.score.peak) * MEGABYTE / (last.people - before.people)
        print(f"\nbetween the two largest lakes a further person takes {of_each:.0f} bytes of score's memory")
        if of_each > MOST_BYTES_FOR_A_FURTHER_PERSON:
            missed.append(f"a further person takes {of_each:.0f} bytes of score's memory, not {MOST_BYTES_FOR_A_FURTHER_PERSON}")
    for lake in same_people[1:]:
        times = lake.events / same_people[0].events
        if lake.people != same_people[0].people or lake.counted < 0.99 * times * same_people[0].counted:
            missed.append(f"the same people: {lake.counted:,} events of {lake.people:,} were counted, not {times:.0f} times {same_people[0].counted:,} of {same_people[0].people:,}")
    larger = same_people[-1].score.peak / min(lake.score.peak for lake in same_people)
    if larger > MOST_MEMORY_FOR_THE_SAME_PEOPLE:
        missed.append(f"the same people: score takes {larger:.2f} times the memory, not {MOST_MEMORY_FOR_THE_SAME_PEOPLE}")
    print("; ".join(missed) or "time is linear, the memory of ingest flat, and that of score for the same people")
    return 1 if missed else 0


def cpu_per_event(lake: Grown) -> float:
    return (lake.ingest.cpu + lake.score.cpu) / lake.events


def row(lake: Grown) -> str:
    steps = " | ".join(f"{step.wall:>9.1f} {step.cpu:>7.1f} {step.peak:>8.0f}" for step in (lake.ingest, lake.score))
    return f"{lake.events:>12,} {lake.megabytes:>8,.0f} | {steps} | {cpu_per_event(lake) * 1e6:>15.2f}"


if __name__ == "__main__":
    sys.exit(main())
