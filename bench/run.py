"""Refines the same events with leadlake, Polars and DuckDB in turn and says what each takes. See README.md."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
SEED = 7
THREADS = 2
OUTPUTS = ("silver", "quarantine", "ledger")
MEGABYTE = 1e6


class BenchError(Exception):
    """What to tell whoever started the bench."""


@dataclass(frozen=True)
class Taken:
    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Engine:
    name: str
    command: tuple[str, ...]


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
    engines = [
        Engine("leadlake", (leadlake, "ingest", "--lake", str(lake), "--threads", str(THREADS), *contracts)),
        Engine("polars", (python, str(BENCH / "polars_silver.py"), str(lake), str(domains))),
        Engine("duckdb", (python, str(BENCH / "duckdb_silver.py"), str(lake), str(domains))),
    ]
    taken: dict[str, list[Taken]] = {engine.name: [] for engine in engines}
    rows: dict[str, dict] = {}
    for number in range(1, asked.runs + 1):
        for engine in engines:
            remove_outputs(lake)
            taken[engine.name].append(measure(engine))
            rows[engine.name] = json.loads(check_run([python, str(BENCH / "count_rows.py"), str(lake)]))
        told = ", ".join(f"{name} {runs[-1].wall:.2f} s wall {runs[-1].cpu:.2f} s CPU" for name, runs in taken.items())
        print(f"run {number} of {asked.runs}: {told}", file=sys.stderr)
        wrong = disagreements(rows)
        if wrong:
            print("\n".join(wrong))
            print("no verdict: the engines did not do the same work")
            return 1
    print(f"{asked.events:,} events, {megabytes:,.0f} MB of JSON lines in {len(objects)} objects; medians of {asked.runs} runs")
    print_table(taken, megabytes)
    accepted, refused = (sum(rows["leadlake"][layer].values()) for layer in ("silver", "quarantine"))
    shares = " and ".join(f"{ratio(taken, name, 'cpu'):.0%} of the CPU of {name}" for name in ("polars", "duckdb"))
    print(f"all three accept {accepted:,} of {asked.events:,} events and refuse {refused:,}; leadlake takes {shares}")
    return 0


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


def quiet_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def remove_outputs(lake: Path) -> None:
    for layer in OUTPUTS:
        shutil.rmtree(lake / layer, ignore_errors=True)


def measure(engine: Engine) -> Taken:
    """The whole process, from its start to its end, with whatever it starts itself."""
    with tempfile.TemporaryFile() as said:
        started = time.monotonic()
        process = subprocess.Popen(engine.command, stdout=said, stderr=said, env=quiet_environment())
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise BenchError(f"{engine.name} ended with {process.returncode}: {said.read().decode(errors='replace').strip()}")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MEGABYTE)


def print_table(taken: dict[str, list[Taken]], megabytes: float) -> None:
    print(f"{'':<18} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'MB per CPU s':>13}")
    for name, runs in taken.items():
        wall, cpu, peak = (median(getattr(run, what) for run in runs) for what in ("wall", "cpu", "peak"))
        print(f"{name:<18} {wall:>8.2f} {cpu:>8.2f} {peak:>8.0f} {megabytes / cpu:>13.0f}")
    for name in ("polars", "duckdb"):
        wall, cpu, peak = (ratio(taken, name, what) for what in ("wall", "cpu", "peak"))
        print(f"{f'leadlake / {name}':<18} {wall:>8.2f} {cpu:>8.2f} {peak:>8.2f}")


def ratio(taken: dict[str, list[Taken]], rival: str, what: str) -> float:
    """Run by run, since what else the machine does changes from run to run."""
    return median(getattr(ours, what) / getattr(theirs, what) for ours, theirs in zip(taken["leadlake"], taken[rival]))


def disagreements(rows: dict[str, dict]) -> list[str]:
    ours = rows["leadlake"]
    return [
        f"{layer}/{source}: leadlake has {count:,} rows, {name} {theirs[layer][source]:,}"
        for name, theirs in rows.items()
        for layer, sources in ours.items()
        for source, count in sources.items()
        if theirs[layer][source] != count
    ]


if __name__ == "__main__":
    sys.exit(main())
