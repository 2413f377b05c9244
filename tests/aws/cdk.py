"""The deployment itself: CDK's own command line on the stacks of infra/, against an emulator."""

import json
import os
import pathlib
import shutil
import subprocess

from servers import CREDENTIALS, end, end_with_parent

FUNCTIONS = ("refine", "score", "catalog")
PATIENCE = 300


class Cdk:
    def __init__(self, infra, functions, folder, environment):
        self.infra = pathlib.Path(infra)
        self.functions = functions
        self.folder = folder
        self.out = folder / "cdk.out"
        home = folder / "home"
        home.mkdir(parents=True)
        # Nothing of whoever runs the tests: neither settings of AWS nor a cache of accounts.
        own = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(folder), "LANG": "C.UTF-8", "TZ": "UTC", "CI": "true"}
        self.environment = own | CREDENTIALS | environment

    def bootstrap(self, account, region):
        return self.start("bootstrap", f"aws://{account}/{region}")

    def synth(self, stage):
        context = ["--context", f"stage={stage}", "--context", f"functions={self.functions}"]
        return self.start("synth", "--quiet", "--app", "node build/bin/leadlake.js", "--output", str(self.out), *context, folder=self.infra)

    def deploy(self, *stacks):
        self.finished(self.start("deploy", "--app", str(self.out), "--exclusively", "--require-approval", "never", *stacks))

    def destroy(self, *stacks):
        self.finished(self.start("destroy", "--app", str(self.out), "--exclusively", "--force", *stacks))

    def start(self, *arguments, folder=None):
        """Away from infra/, whose settings would have it synthesised anew each time."""
        command = [str(self.infra / "node_modules/.bin/cdk"), *arguments, "--no-notices"]
        return subprocess.Popen(
            command,
            cwd=folder or self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=end_with_parent,
        )

    def finished(self, *processes):
        for process in processes:
            try:
                said, _ = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                end(process)
                raise
            assert process.returncode == 0, f"{' '.join(process.args)}: {process.returncode}\n{said[-4000:]}"

    def resources(self, stack):
        return json.loads((self.out / f"{stack}.template.json").read_text())["Resources"]


def packaged(built):
    """The built programs as Lambda takes them: without debugging symbols, which would make them larger than it allows."""
    folder = built / "packaged"
    for function in FUNCTIONS:
        program, bootstrap = built / function, folder / function / "bootstrap"
        if not bootstrap.exists() or bootstrap.stat().st_mtime < program.stat().st_mtime:
            bootstrap.parent.mkdir(parents=True, exist_ok=True)
            unfinished = bootstrap.with_name(f".{os.getpid()}")
            shutil.copy(program, unfinished)
            if unfinished.read_bytes()[:4] == b"\x7fELF":
                subprocess.run(["strip", unfinished], check=True, timeout=120)
            unfinished.rename(bootstrap)
    return folder
