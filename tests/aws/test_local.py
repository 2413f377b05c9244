"""`make local`, in the way that ends by itself, and as somebody ends it."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys

import pytest
from conftest import ROOT, named
from servers import descendants, end, end_with_parent, wait_for


@pytest.fixture
def command(functions):
    program = pathlib.Path(named("LEADLAKE_CARGO_LAMBDA", "the program cargo-lambda"))
    return [sys.executable, "tests/aws/local.py", "--cargo-lambda", program, "--functions", functions]


@contextlib.contextmanager
def running(command, said):
    """However the test ends, nothing of it goes on."""
    with said.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=end_with_parent
        )
    try:
        yield process
    finally:
        end(process, signal.SIGINT, 30)


def assert_all_ended(started):
    wait_for("all that it started to end", lambda: not any(pathlib.Path(f"/proc/{pid}/cmdline").exists() for pid in started), 10)


def test_silver_appears_and_it_ends(command, tmp_path):
    said = tmp_path / "said"
    with running([*command, "--once"], said) as process:
        assert process.wait(120) == 0, said.read_text()
    assert "5 objects are silver" in said.read_text()
    assert said.read_text().count("silver/") == 5


def test_a_payload_reaches_a_function_and_ctrl_c_leaves_nothing_behind(command, tmp_path):
    said = tmp_path / "said"
    with running(command, said) as process:
        wait_for("what to do next", lambda: process.poll() is not None or "Ctrl-C" in said.read_text(), 120)
        assert process.poll() is None, said.read_text()
        [invoke] = [line for line in said.read_text().splitlines() if line.startswith("invoke")]
        program, *arguments = invoke.split()[3:]
        arguments = [argument.replace("score-manual", "score-schedule") for argument in arguments]
        invoked = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, env=os.environ)
        assert invoked.returncode == 0, invoked.stdout + invoked.stderr
        started = descendants(process.pid)
        assert len(started) >= 5
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, said.read_text()
        assert_all_ended(started)


def test_what_is_killed_leaves_nothing_behind(command, tmp_path):
    said = tmp_path / "said"
    with running(command, said) as process:
        wait_for("all that it starts", lambda: process.poll() is not None or "dropping" in said.read_text(), 60)
        started = descendants(process.pid)
        assert len(started) >= 5, said.read_text()
        process.kill()
        assert_all_ended(started)
