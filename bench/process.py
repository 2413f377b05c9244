"""What a process takes, from its start to its end, with whatever it starts itself."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

MEGABYTE = 1e6


class BenchError(Exception):
    """What to tell whoever started the bench."""


@dataclass(frozen=True)
class Taken:
    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Ended:
    taken: Taken
    lines: list[str]
    started: float


def run_to_end(name: str, command: tuple[str, ...]) -> Ended:
    with tempfile.TemporaryFile() as said:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=said, stderr=said, env=quiet_environment())
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode(errors="replace").splitlines()
    if process.returncode != 0:
        raise BenchError(f"{name} ended with {process.returncode}: {' '.join(lines)}")
    taken = Taken(wall, usage.ru_utime + usage.ru_stime, megabytes_of(usage.ru_maxrss))
    return Ended(taken, lines, started)


def quiet_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def megabytes_of(peak: int) -> float:
    """Linux counts in KiB, macOS in bytes."""
    return peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE
