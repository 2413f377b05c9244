"""`make local`, in the way that ends by itself, and as somebody ends it."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest
from conftest import ROOT, named
from servers import descendants, wait_for


@pytest.fixture
def command(functions):
    program = pathlib.Path(named("LEADLAKE_CARGO_LAMBDA", "the program cargo-lambda"))
    return [sys.executable, "tests/aws/local.py", "--cargo-lambda", program, "--functions", functions]


def test_silver_appears_and_it_ends(command):
    ended = subprocess.run([*command, "--once"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "5 objects are silver" in ended.stdout
    assert ended.stdout.count("silver/") == 5


def test_a_payload_reaches_a_function_and_ctrl_c_leaves_nothing_behind(command, tmp_path):
    said = tmp_path / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
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
        wait_for("all that it started to end", lambda: not any(pathlib.Path(f"/proc/{pid}/cmdline").exists() for pid in started), 10)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
