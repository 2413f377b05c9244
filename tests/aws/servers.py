"""Programs that answer as AWS does, each started on a free port and stopped by its own process."""

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

REGION = "us-east-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}

# Loaded here, since what happens between fork and exec should be little.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(what, is_so, seconds=60, every=0.05):
    """What `is_so` came to once it came to anything; looked at again and again until the time is over."""
    end = time.monotonic() + seconds
    while True:
        found = is_so()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} seconds")
        time.sleep(every)


class Server:
    """A child process with a folder of its own."""

    def __init__(self, command, folder, port, environment, health, cwd=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.endpoint = f"http://127.0.0.1:{port}"
        self.health = self.endpoint + health
        self.log = folder / "log"
        own = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "TZ": "UTC"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=cwd or folder,
                env=own | CREDENTIALS | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def wait_until_healthy(self, seconds):
        wait_for(f"{self.process.args[0]}, see {self.log}", self.is_healthy, seconds)
        return self

    def is_healthy(self):
        if self.process.poll() is not None:
            raise ChildProcessError(f"{self.process.args[0]} ended early:\n{self.log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(self.health, timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def stop(self):
        end(self.process)


class MiniStack(Server):
    """The whole of AWS that a lake needs; functions are real processes."""

    def __init__(self, bin_folder, folder, port=None, further=None):
        port = port or free_port()
        # AWS_ENDPOINT_URL is not among them: it would win over the one that a function is configured with.
        settings = {
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
        } | (further or {})
        command = [str(bin_folder / "python"), str(pathlib.Path(__file__).with_name("emulator.py"))]
        super().__init__(command, folder, port, settings, "/_ministack/health")

    def functions(self):
        """The processes of functions that run now."""
        return [pid for pid in descendants(self.process.pid) if any(part.endswith("/bootstrap") for part in command_of(pid))]


class LocalStack(Server):
    def __init__(self, bin_folder, folder):
        port = free_port()
        # Its own server would listen on every address of the machine.
        settings = {
            "GATEWAY_SERVER": "hypercorn",
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "DNS_ADDRESS": "0",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
        }
        command = [str(bin_folder / "python"), "-m", "localstack.runtime.main"]
        super().__init__(command, folder, port, settings, "/_localstack/health")


def end_with_parent():
    """For a child before it begins: somebody who is killed cannot end it, so Linux does. Elsewhere it is left behind."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end(process, by=signal.SIGTERM, seconds=10):
    """Asks it to end, and then ends what is left of it and of all that it started."""
    started = descendants(process.pid)
    try:
        process.send_signal(by)
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    finally:
        for pid in started:
            kill(pid)


def descendants(pid):
    found, open_ones = [], [pid]
    while open_ones:
        children = children_of(open_ones.pop())
        found += children
        open_ones += children
    return found


def children_of(pid):
    try:
        tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def command_of(pid):
    """What the process was started as."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
