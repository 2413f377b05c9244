"""The program under test and the lakes that it makes."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from model_lakes import Answers

ROOT = pathlib.Path(__file__).parents[2]


class Leadlake:
    """The built program, out of reach of settings that happen to lie in the environment."""

    def __init__(self, binary, contracts=ROOT / "contracts"):
        self.binary = binary
        self.contracts = contracts

    def with_contracts(self, folder):
        return Leadlake(self.binary, folder)

    def run(self, *arguments):
        settings = ("LEADLAKE_", "GIT_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
        return subprocess.run(
            [self.binary, "--contracts", self.contracts, "--format", "json", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            env=environment,
        )

    def __call__(self, *arguments, exit_code=0):
        """What the program printed, when it ended as it should."""
        ended = self.run(*arguments)
        assert ended.returncode == exit_code, f"{arguments}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return json.loads(ended.stdout)


class Lake:
    """A lake's folder, read file by file."""

    def __init__(self, folder):
        self.folder = folder

    def ledger(self, source="*"):
        entries = sorted(self.folder.glob(f"ledger/{source}/dt=*/*.json"))
        return [json.loads(entry.read_text()) for entry in entries]

    def parquet(self, layer, source="*"):
        return sorted(self.folder.glob(f"{layer}/{source}/dt=*/*.parquet"))

    def put(self, source, name, content, day="2025/01/10", arrived_nanoseconds=None):
        """Lays a raw object into bronze."""
        path = self.folder / "bronze" / source / day / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if arrived_nanoseconds is not None:
            os.utime(path, ns=(arrived_nanoseconds, arrived_nanoseconds))
        return path.relative_to(self.folder).as_posix()


@pytest.fixture(scope="session")
def leadlake():
    binary = os.environ.get("LEADLAKE_BIN")
    if not binary:
        pytest.fail("LEADLAKE_BIN is not set: name the built leadlake, or run `make python-tests`", pytrace=False)
    found = shutil.which(binary)
    if not found:
        pytest.fail(f"LEADLAKE_BIN is {binary!r}, which is no program: run `cargo build -p leadlake`", pytrace=False)
    return Leadlake(pathlib.Path(found).resolve())


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


@pytest.fixture(scope="session")
def generated(leadlake, tmp_path_factory):
    """A lake of 20,000 generated events, and what is true of them."""
    lake = Lake(tmp_path_factory.mktemp("generated") / "lake")
    leadlake("generate", lake.folder, "--events", "20000", "--seed", "3")
    leadlake("ingest", "--lake", lake.folder)
    return lake, json.loads((lake.folder / "generated.json").read_text())


@pytest.fixture(scope="session")
def answers(leadlake, tmp_path_factory):
    """Lakes of several kinds, and what each SQL model answers about them."""
    return Answers(leadlake, tmp_path_factory.mktemp("models"))
