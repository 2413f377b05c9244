"""The same lake at several sizes: time should grow with it, memory should not. See README.md."""

import argparse
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


@dataclass(frozen=True)
class Grown:
    events: int
    megabytes: float
    ingest: Taken
    score: Taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leadlake", type=Path, required=True, help="a release build of leadlake")
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 2, 5, 10], help="of events, from the smallest to the largest")
    asked = parser.parse_args()
    if not os.access(asked.leadlake, os.X_OK):
        parser.error(f"{asked.leadlake} cannot be run: build it first")
    sizes = [round(millions * MILLION) for millions in asked.millions]
    try:
        return tell([measured(str(asked.leadlake.resolve()), events) for events in sizes])
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def measured(leadlake: str, events: int) -> Grown:
    """A lake of its own, gone afterwards: ten million events take some 8 GB."""
    with tempfile.TemporaryDirectory(prefix="leadlake-growth-") as folder:
        lake = str(Path(folder, "lake"))
        contracts = ("--contracts", str(ROOT / "contracts"))
        run_to_end("generate", (leadlake, "generate", lake, "--events", str(events), "--seed", str(SEED), *contracts))
        megabytes = sum(path.stat().st_size for path in Path(lake).glob("bronze/**/*.json")) / MEGABYTE
        ours = ("--lake", lake, "--threads", str(THREADS), *contracts)
        ingest = run_to_end("ingest", (leadlake, "ingest", *ours)).taken
        score = run_to_end("score", (leadlake, "score", "--scoring", str(ROOT / "scoring.yaml"), *ours)).taken
    grown = Grown(events, megabytes, ingest, score)
    print(row(grown), file=sys.stderr)
    return grown


def tell(lakes: list[Grown]) -> int:
    print(f"{'events':>12} {'raw MB':>8} | {'ingest s':>9} {'CPU s':>7} {'peak MB':>8} | {'score s':>9} {'CPU s':>7} {'peak MB':>8} | {'CPU us an event':>15}")
    for lake in lakes:
        print(row(lake))
    first, last = lakes[0], lakes[-1]
    slower = cpu_per_event(last) / cpu_per_event(first)
    larger = {step: getattr(last, step).peak / getattr(first, step).peak for step in ("ingest", "score")}
    print()
    print(f"{last.events / first.events:.0f} times the events: {slower:.2f} times the CPU of each, {larger['ingest']:.2f} times the memory of ingest, {larger['score']:.2f} of score")
    missed = []
    if slower > MOST_TIME_PER_EVENT:
        missed.append(f"an event takes {slower:.2f} times the CPU, not {MOST_TIME_PER_EVENT}")
    if larger["ingest"] > MOST_MEMORY_OF_INGEST:
        missed.append(f"ingest takes {larger['ingest']:.2f} times the memory, not {MOST_MEMORY_OF_INGEST}")
    print("; ".join(missed) or "time is linear, and the memory of ingest flat")
    return 1 if missed else 0


def cpu_per_event(lake: Grown) -> float:
    return (lake.ingest.cpu + lake.score.cpu) / lake.events


def row(lake: Grown) -> str:
    steps = " | ".join(f"{step.wall:>9.1f} {step.cpu:>7.1f} {step.peak:>8.0f}" for step in (lake.ingest, lake.score))
    return f"{lake.events:>12,} {lake.megabytes:>8,.0f} | {steps} | {cpu_per_event(lake) * 1e6:>15.2f}"


if __name__ == "__main__":
    sys.exit(main())
