"""The emulator, the programs under test and the lakes that are deployed."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import killing
import pytest
from account import Account
from servers import LocalStack, MiniStack

ROOT = pathlib.Path(__file__).parents[2]
BINARIES = ("refine", "score", "catalog")


class Leadlake:
    """The built program, out of reach of settings that happen to lie in the environment."""

    def __init__(self, binary, environment=None):
        self.binary = binary
        self.environment = environment or {}

    def on(self, account):
        return Leadlake(self.binary, account.environment())

    def start(self, *arguments):
        hidden = ("LEADLAKE_", "AWS_", "GIT_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        command = [self.binary, "--contracts", ROOT / "contracts", "--format", "json", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=inherited | self.environment)

    def run(self, *arguments):
        with self.start(*arguments) as process:
            try:
                stdout, stderr = process.communicate(timeout=300)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def __call__(self, *arguments, exit_code=0):
        """What the program printed, when it ended as it should."""
        ended = self.run(*arguments)
        assert ended.returncode == exit_code, f"{arguments}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return json.loads(ended.stdout)


def named(variable, what, command="make aws-tests"):
    path = os.environ.get(variable)
    if not path:
        pytest.fail(f"{variable} is not set: it names {what}; run `{command}`", pytrace=False)
    return path


@pytest.fixture(scope="session")
def leadlake():
    binary = shutil.which(named("LEADLAKE_BIN", "the built leadlake"))
    if not binary:
        pytest.fail("LEADLAKE_BIN is no program; run `make aws-tests`", pytrace=False)
    return Leadlake(pathlib.Path(binary).resolve())


@pytest.fixture(scope="session")
def functions():
    """Folder of the built functions."""
    folder = pathlib.Path(named("LEADLAKE_FUNCTIONS", "the folder of the built functions")).resolve()
    missing = [binary for binary in BINARIES if not (folder / binary).is_file()]
    if missing:
        pytest.fail(f"{folder} lacks {', '.join(missing)}; run `make aws-tests`", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def venv():
    """Folder of this environment's programs."""
    return pathlib.Path(sys.executable).parent


@pytest.fixture(scope="session")
def ministack(venv, tmp_path_factory):
    server = MiniStack(venv, tmp_path_factory.mktemp("ministack"))
    try:
        yield server.wait_until_healthy(30)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def localstack(tmp_path_factory):
    programs = pathlib.Path(named("LEADLAKE_LOCALSTACK", "the folder of LocalStack's programs", "make localstack-tests"))
    server = LocalStack(programs, tmp_path_factory.mktemp("localstack"))
    try:
        yield server.wait_until_healthy(60)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def account(ministack, functions, tmp_path_factory):
    account = Account(ministack, functions, tmp_path_factory.mktemp("account"))
    try:
        yield account
    finally:
        account.stop()
    assert account.glue_rules.unguarded == []


def sample_event(name):
    return json.loads((ROOT / "events" / name).read_text())


def pytest_terminal_summary(terminalreporter):
    """Of tests that pass too."""
    if killing.FATES:
        terminalreporter.section("killed at requests to AWS")
        terminalreporter.write_line("\n".join(killing.table_of_fates()))
