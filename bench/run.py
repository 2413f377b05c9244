"""Refines the same events with leadlake, Polars and DuckDB in turn and says what each takes. See README.md."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from process import MEGABYTE, BenchError, Taken, megabytes_of, quiet_environment, run_to_end

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
SEED = 7
THREADS = 2
RIVALS = ("polars", "duckdb")
STEPS = {"silver": "events to silver", "people": "silver to people, history, features and scores", "whole": "events to gold"}


@dataclass(frozen=True)
class Engine:
    name: str
    # One process for each step, or one for both that says when the first is done.
    commands: tuple[tuple[str, ...], ...]


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="leadlake-bench-") as folder:
        try:
            return bench(asked, Path(folder))
        except BenchError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leadlake", type=Path, required=True, help="a release build of leadlake")
    parser.add_argument("--python", type=Path, required=True, help="a Python with polars and duckdb: see tools/python-env.sh")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    if asked.events < 1 or asked.runs < 1:
        parser.error("there must be at least one event and one run")
    for program in (asked.leadlake, asked.python):
        if not os.access(program, os.X_OK):
            parser.error(f"{program} cannot be run: build or install it first")
    return asked


def bench(asked: argparse.Namespace, folder: Path) -> int:
    lake, domains = folder / "lake", folder / "domains.txt"
    export_domains(domains)
    leadlake, python = str(asked.leadlake.resolve()), str(asked.python.absolute())
    contracts = ("--contracts", str(ROOT / "contracts"))
    check_run([leadlake, "generate", str(lake), "--events", str(asked.events), "--seed", str(SEED), *contracts])
    objects = [path.stat().st_size for path in lake.glob("bronze/**/*.json")]
    megabytes = sum(objects) / MEGABYTE
    ingest = (leadlake, "ingest", "--lake", str(lake), "--threads", str(THREADS), *contracts)
    score = (leadlake, "score", "--lake", str(lake), "--threads", str(THREADS), "--scoring", str(ROOT / "scoring.yaml"), *contracts)
    engines = [
        Engine("leadlake", (ingest, score)),
        *(Engine(name, ((python, str(BENCH / f"{name}_people.py"), str(lake), str(domains)),)) for name in RIVALS),
    ]
    taken: dict[str, list[dict[str, Taken]]] = {engine.name: [] for engine in engines}
    found: dict[str, dict] = {}
    for number in range(1, asked.runs + 1):
        for engine in engines:
            remove_outputs(lake)
            taken[engine.name].append(measure(engine))
            counts = [json.loads(check_run([python, str(BENCH / f"count_{what}.py"), str(lake)])) for what in ("rows", "people")]
            found[engine.name] = counts[0] | counts[1]
        told = [f"{name} {runs[-1]['whole'].wall:.2f} s wall {runs[-1]['whole'].cpu:.2f} s CPU" for name, runs in taken.items()]
        print(f"run {number} of {asked.runs}: {', '.join(told)}", file=sys.stderr)
        wrong = disagreements(found)
        if wrong:
            print("\n".join(wrong))
            print("no verdict: the engines did not do the same work")
            return 1
    print(f"{asked.events:,} events, {megabytes:,.0f} MB of JSON lines in {len(objects)} objects; medians of {asked.runs} runs")
    for step in STEPS:
        print_table(step, taken, megabytes)
    print_findings(found["leadlake"], asked.events)
    shares = " and ".join(f"{ratio(taken, name, 'whole', 'cpu'):.0%} of the CPU of {name}" for name in RIVALS)
    print(f"from events to gold, leadlake takes {shares}")
    return 0


def print_findings(found: dict, events: int) -> None:
    accepted, refused = (sum(found[layer].values()) for layer in ("silver", "quarantine"))
    leads, history, scores = (found[table] for table in ("silver/leads", "silver/lead_history", "gold/lead_scores"))
    distinct = int(found["silver/lead_events"]["distinct events"])
    print()
    print(f"all three accept {accepted:,} of {events:,} events and refuse {refused:,}; {distinct:,} of them are distinct")
    categories = ", ".join(f"{int(scores[name]):,} {name}" for name in ("HOT", "WARM", "COLD"))
    print(f"all three find {int(leads['leads']):,} leads with {int(history['rows']):,} versions; {categories}")
    print(f"{int(leads['converted']):,} converted, revenue {leads['revenue']}, scores adding up to {scores['final_score']}")


def export_domains(path: Path) -> None:
    """The list that leadlake has built in, for the others to read."""
    lock = (ROOT / "Cargo.lock").read_text()
    version = re.search(r'name = "mailchecker"\nversion = "([^"]+)"', lock)
    if version is None:
        raise BenchError(f"{ROOT / 'Cargo.lock'} does not name the crate mailchecker, whose list of domains is needed")
    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    crates = list(cargo.glob(f"registry/src/*/mailchecker-{version[1]}/src/lib.rs"))
    if not crates:
        raise BenchError(f"mailchecker {version[1]} is not below {cargo}/registry/src; run `cargo fetch --locked`")
    listed = re.search(r"BLACKLIST[^=]*= *&\[(.*?)\]", crates[0].read_text(), re.DOTALL)
    domains = re.findall(r'"([^"]+)"', listed[1]) if listed else []
    if len(domains) < 10_000:
        raise BenchError(f"the list of domains in {crates[0]} was not understood: {len(domains)} found")
    path.write_text("\n".join(domains) + "\n")


def check_run(command: list[str]) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet_environment())
    if ended.returncode != 0:
        raise BenchError(f"{' '.join(command)} failed: {ended.stderr.strip() or ended.stdout.strip()}")
    return ended.stdout


def remove_outputs(lake: Path) -> None:
    for folder in lake.iterdir():
        if folder.is_dir() and folder.name != "bronze":
            shutil.rmtree(folder)


def measure(engine: Engine) -> dict[str, Taken]:
    """Whole processes, from their start to their end, with whatever they start themselves."""
    runs = [run_process(engine.name, command) for command in engine.commands]
    if len(runs) == 2:
        (silver, _), (people, _) = runs
        whole = Taken(silver.wall + people.wall, silver.cpu + people.cpu, max(silver.peak, people.peak))
        return {"silver": silver, "people": people, "whole": whole}
    ((whole, silver),) = runs
    if silver is None:
        raise BenchError(f"{engine.name} did not say when silver was done")
    # The peak of a process only grows, so that of the second step cannot be told from that of the whole.
    people = Taken(whole.wall - silver.wall, whole.cpu - silver.cpu, whole.peak)
    return {"silver": silver, "people": people, "whole": whole}


def run_process(name: str, command: tuple[str, ...]) -> tuple[Taken, Taken | None]:
    """What the process took, and what it had taken where it said that silver was done."""
    ended = run_to_end(name, command)
    marks = [json.loads(line) for line in ended.lines if line.startswith('{"step": "silver"')]
    silver = [Taken(mark["at"] - ended.started, mark["cpu"], megabytes_of(mark["peak"])) for mark in marks]
    return ended.taken, silver[0] if silver else None


def print_table(step: str, taken: dict[str, list[dict[str, Taken]]], megabytes: float) -> None:
    print()
    print(STEPS[step])
    print(f"{'':<18} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'MB per CPU s':>13}")
    for name, runs in taken.items():
        wall, cpu, peak = (median(getattr(run[step], what) for run in runs) for what in ("wall", "cpu", "peak"))
        print(f"{name:<18} {wall:>8.2f} {cpu:>8.2f} {peak:>8.0f} {megabytes / cpu:>13.0f}")
    for name in RIVALS:
        wall, cpu, peak = (ratio(taken, name, step, what) for what in ("wall", "cpu", "peak"))
        print(f"{f'leadlake / {name}':<18} {wall:>8.2f} {cpu:>8.2f} {peak:>8.2f}")


def ratio(taken: dict[str, list[dict[str, Taken]]], rival: str, step: str, what: str) -> float:
    """Run by run, since what else the machine does changes from run to run."""
    pairs = zip(taken["leadlake"], taken[rival], strict=True)
    return median(getattr(ours[step], what) / getattr(theirs[step], what) for ours, theirs in pairs)


def disagreements(found: dict[str, dict]) -> list[str]:
    return [
        f"{where}, {what}: leadlake has {ours}, {name} {theirs[where][what]}"
        for name, theirs in found.items()
        for where, counts in found["leadlake"].items()
        for what, ours in counts.items()
        if theirs[where][what] != ours
    ]


if __name__ == "__main__":
    sys.exit(main())
