"""The lake on this machine, on an emulator of AWS: drops a sample of each source and shows silver appear.

usage: local.py --cargo-lambda PROGRAM --functions FOLDER [--once]

`cargo lambda watch` serves Lambda's own API, so that `cargo lambda invoke` and the emulator's queue both reach the functions. It
does not build them: it would do so with other features than the rest of the workspace has, which takes minutes, and only once the
first message waits.
"""

import argparse
import contextlib
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from account import Account
from deployment import SOURCES, Deployment
from servers import CREDENTIALS, REGION, MiniStack, Server, end, end_with_parent, free_port, wait_for

ROOT = pathlib.Path(__file__).parents[2]
BUCKET = "leadlake-local"
EMULATOR_PORT, LAMBDA_PORT = 4566, 9000
BINARIES = ("refine", "score", "catalog")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cargo-lambda", type=pathlib.Path, required=True)
    options.add_argument("--functions", type=pathlib.Path, required=True)
    options.add_argument("--once", action="store_true", help="end when silver is there")
    options = options.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="leadlake-local-") as folder:
        local = Local(options, pathlib.Path(folder))
        try:
            local.start()
            local.drop_samples()
            if not options.once:
                local.explain()
                local.watch()
        except KeyboardInterrupt:
            say("ending")
        finally:
            local.stop()


class Local:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.running = []

    def start(self):
        emulator = MiniStack(pathlib.Path(sys.executable).parent, self.folder / "ministack", port_near(EMULATOR_PORT))
        self.running.append(emulator)
        emulator.wait_until_healthy(30)
        self.account = Account(emulator, self.options.functions, self.folder / "account")
        self.lambda_port = port_near(LAMBDA_PORT)
        self.lake = Deployment(self.account, "local", f"s3://{BUCKET}")
        served = {"MINISTACK_LAMBDA_PROXY_URL": self.url_of("refine")}
        # The emulator gives up on a function later than a developer in a debugger does.
        self.refine = self.lake.add_refine("all", timeout=900, variables=served)
        self.lake.notify({"bronze/": self.refine.queue})
        self.serve_functions()

    def url_of(self, function):
        return f"http://127.0.0.1:{self.lambda_port}/2015-03-31/functions/{function}/invocations"

    def serve_functions(self):
        command = [str(self.options.cargo_lambda), "lambda", "watch", "--only-lambda-apis", "--ignore-changes"]
        address = ["--invoke-address", "127.0.0.1", "--invoke-port", str(self.lambda_port)]
        # It looks for the workspace that it stands in.
        watch = Server(command + address, self.folder / "watch", self.lambda_port, cargo_settings(), "/", cwd=ROOT)
        self.running.append(watch)
        wait_for("cargo lambda watch", lambda: watch.process.poll() is None and is_open(self.lambda_port), 30)
        for binary in BINARIES:
            self.running.append(Process([self.options.functions / binary], self.folder / binary, self.environment(binary)))

    def environment(self, binary):
        return CREDENTIALS | {
            "AWS_ENDPOINT_URL": self.account.proxy.endpoint,
            "AWS_LAMBDA_RUNTIME_API": f"http://127.0.0.1:{self.lambda_port}/.rt/{binary}",
            "AWS_LAMBDA_FUNCTION_NAME": binary,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "LEADLAKE_LAKE": self.lake.address,
            "LEADLAKE_QUEUE_URL": self.refine.queue.url,
            "LEADLAKE_DLQ_URL": self.refine.queue.dead_url,
            "LEADLAKE_GLUE_DATABASE": "leadlake",
            "LEADLAKE_ATHENA_OUTPUT": "s3://leadlake-athena-results/",
        }

    def drop_samples(self):
        say(f"dropping a sample of each source into {self.lake.address}")
        for source in SOURCES:
            self.lake.put(f"bronze/{source}/2025/01/10/{source}.json", (ROOT / "events" / "samples" / f"{source}.json").read_bytes())
        wait_for("silver", self.all_is_refined, 60)
        for key in sorted(self.lake.keys("silver/")):
            say(f"  {self.lake.address}/{key}")
        say(f"{len(SOURCES)} objects are silver")

    def all_is_refined(self):
        self.look_after_processes()
        return len(self.lake.keys("ledger/")) == len(SOURCES)

    def look_after_processes(self):
        for one in self.running:
            if one.process.poll() is not None:
                raise ChildProcessError(f"{one.process.args[0]} ended:\n{one.log.read_text()[-2000:]}")

    def explain(self):
        settings = " ".join(f"{name}={value}" for name, value in self.account.environment().items())
        invoke = f"--invoke-address 127.0.0.1 --invoke-port {self.lambda_port}"
        say(f"""
drop another one  curl -T FILE {self.account.emulator.endpoint}/{BUCKET}/bronze/webinar/2025/01/11/FILE
invoke a function {self.options.cargo_lambda} lambda invoke {invoke} score --data-file events/score-manual.json
look into it      {settings} leadlake query --lake {self.lake.address} ...
logs              {self.folder}
end               Ctrl-C
""")

    def watch(self):
        """Tells of each object that is refined, until Ctrl-C."""
        told = set(self.lake.keys("ledger/"))
        while True:
            self.look_after_processes()
            for key in sorted(set(self.lake.keys("ledger/")) - told):
                entry = json.loads(self.lake.get(key))
                counts = entry["counts"]
                say(f"{entry['object_key']}: {counts['accepted']} accepted, {sum(counts['refused'].values())} refused")
                told.add(key)
            time.sleep(0.5)

    def stop(self):
        """The last one first, and each of them whatever happens to the others."""
        with contextlib.ExitStack() as last_first:
            if hasattr(self, "account"):
                last_first.callback(self.account.stop)
            for one in self.running:
                last_first.callback(one.stop)


class Process:
    """A function's program, which asks for events by itself."""

    def __init__(self, command, folder, environment):
        folder.mkdir()
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def stop(self):
        end(self.process)


def cargo_settings():
    """Where cargo and rustup have what they installed."""
    home = pathlib.Path.home()
    return {"HOME": str(home), "AWS_REGION": REGION}


def port_near(wanted):
    """The usual port, or another one where somebody listens on it."""
    return free_port() if is_open(wanted) else wanted


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    main()
