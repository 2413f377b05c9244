"""What the Lambdas take: size, time until they ask for work, first and later invocations, peak memory. See README.md.

Each binary runs as Lambda runs it, against a runtime API of this script's own and an emulator of S3, beside the same work by pandas as a cold process."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

# Finds what the tests on AWS have.
from emulator import account_with

from account import RESULTS_BUCKET, Account
from runtime_api import Function
from servers import CREDENTIALS, wait_for

BENCH = Path(__file__).resolve().parent
BUCKET = "bench-lake"
OBJECT_BYTES = 3_400_000
FUNCTIONS = ("refine", "score", "catalog")
MEMORY = {"refine": 128, "score": 1024, "catalog": 512}
SECONDS_AT_MOST = 120
AIMS = {"zipped MB": 15.0, "ready ms": 25.0, "peak MB": 128.0}


@dataclass(frozen=True)
class Taken:
    zipped: float
    ready: float
    first: float
    later: float
    peak: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leadlake", type=Path, required=True, help="a build of leadlake, to make events with")
    parser.add_argument("--functions", type=Path, required=True, help="the folder of the release builds of refine, score and catalog")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with account_with(asked.functions) as account:
        return bench(asked, account)


def bench(asked: argparse.Namespace, account: Account) -> int:
    # Athena's dialect is translated on the way; everything else goes straight to the emulator.
    environment = CREDENTIALS | {
        "AWS_ENDPOINT_URL": account.emulator.endpoint,
        "AWS_ENDPOINT_URL_ATHENA": account.proxy.endpoint,
        "LEADLAKE_LAKE": f"s3://{BUCKET}",
        "LEADLAKE_GLUE_DATABASE": "bench",
        "LEADLAKE_ATHENA_OUTPUT": f"s3://{RESULTS_BUCKET}/",
    }
    s3 = account.direct("s3")
    s3.create_bucket(Bucket=BUCKET)
    body = webinar_object(asked.leadlake, account.folder)
    key = "bronze/webinar/2025/01/01/bench.json"
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    print(f"{'':<10}{'zipped MB':>11}{'ready ms':>10}{'first ms':>10}{'later ms':>10}{'peak MB':>9}")
    taken = {}
    for function in FUNCTIONS:
        runs = [run(asked.functions / function, environment, events_of(function, key), account.folder) for _ in range(asked.runs)]
        taken[function] = Taken(*(median(getattr(one, name) for one in runs) for name in Taken.__dataclass_fields__))
        one = taken[function]
        print(f"{function:<10}{one.zipped:>11.1f}{one.ready:>10.1f}{one.first:>10.0f}{one.later:>10.0f}{one.peak:>9.0f}")
    rival = [pandas(environment, key) for _ in range(asked.runs)]
    wall, peak = (median(values) for values in zip(*rival))
    print(f"{'pandas':<10}{'':>11}{'':>10}{wall:>10.0f}{'':>10}{peak:>9.0f}")
    refine = taken["refine"]
    print(f"\nrefine, an object of {len(body) / 1e6:.1f} MB: {refine.first / wall:.2f} of pandas' time as a cold process, {refine.peak / peak:.2f} of its memory")
    found = {"zipped MB": refine.zipped, "ready ms": refine.ready, "peak MB": refine.peak}
    missed = [f"{name} {found[name]:.1f}, not {aim:g}" for name, aim in AIMS.items() if found[name] > aim]
    print("all aims are met" if not missed else f"missed: {'; '.join(missed)}")
    return 1 if missed else 0


def webinar_object(leadlake: Path, folder: Path) -> bytes:
    """Lines of generated events, cut where the object has its size."""
    lake = folder / "generated"
    subprocess.run([leadlake, "generate", lake, "--events", "80000", "--seed", "7"], check=True, stdout=subprocess.DEVNULL)
    lines = b""
    for file in sorted(lake.glob("bronze/webinar/**/*.json")):
        lines += file.read_bytes()
        if len(lines) >= OBJECT_BYTES:
            return lines[: lines.rindex(b"\n", 0, OBJECT_BYTES) + 1]
    raise SystemExit(f"only {len(lines)} bytes of webinar events were generated")


def events_of(function: str, key: str) -> list[dict]:
    """The first event and a later one, which has all the work to do again."""
    if function != "refine":
        return [{"full": True}] * 2
    message = json.dumps({"leadlake": "refine", "key": key, "force": True})
    return [{"Records": [{"messageId": str(number), "eventSource": "aws:sqs", "body": message}]} for number in (1, 2)]


def run(binary: Path, environment: dict[str, str], events: list[dict], folder: Path) -> Taken:
    memory = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY[binary.name])}
    begun = time.perf_counter()
    function = Function(binary, environment | memory, folder, timeout=SECONDS_AT_MOST)
    try:
        ready_at = wait_for(f"{binary.name}, see {function.log}", lambda: function.ready_at, SECONDS_AT_MOST, every=0.001)
        times = []
        for event in events:
            asked_at = time.perf_counter()
            answer = function.invoke(event)
            times.append((time.perf_counter() - asked_at) * 1000)
            if answer.get("batchItemFailures"):
                raise SystemExit(f"{binary.name} failed: {function.log.read_text()[-2000:]}")
        peak = peak_of(function.process.pid)
    finally:
        function.stop()
    return Taken(zipped(binary), (ready_at - begun) * 1000, times[0], times[1], peak)


def peak_of(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def zipped(binary: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "bootstrap.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            file.write(binary, "bootstrap")
        return archive.stat().st_size / 1e6


def pandas(environment: dict[str, str], key: str) -> tuple[float, float]:
    begun = time.perf_counter()
    command = [sys.executable, str(BENCH / "pandas_refine.py"), BUCKET, key]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit("pandas_refine.py failed")
    return (time.perf_counter() - begun) * 1000, usage.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
