"""What is done with a lake, each act so that it can be begun, killed, and made good as operations would make it good."""

import dataclasses
import json
import shutil

from account import RESULTS_BUCKET
from conftest import BINARIES, ROOT, Leadlake
from killing import Executioner
from proxy import Proxy
from published import assert_glue_shows_the_log
from remembered import Glue, Remembered, State
from runtime_api import Function
from servers import CREDENTIALS, wait_for

PATIENCE = 240
UNKNOWN = "partners"
NOW = "2025-02-10T09:00:00Z"
MUCH_LATER = "2035-01-01T00:00:00Z"
FIRST, SECOND = "2025-01-30", "2025-01-31"
# These say which run made a row, or when.
OF_THE_RUN = {"leads_snapshot", "computed_at"}
DEAD_RUN = "gold/lead_scores/snap=00000009-20250106T090000Z-00c0ffee00c0ffee/part-0.parquet"


class Command:
    """The CLI at work."""

    def __init__(self, leadlake, *arguments):
        self.process = leadlake.start(*arguments)

    def end(self):
        stdout, stderr = self.process.communicate(timeout=PATIENCE)
        return None if self.process.returncode == 0 else f"{self.process.args}: {self.process.returncode}\n{stdout}\n{stderr}"


class Call:
    """A function at work."""

    def __init__(self, program, variables, folder, event):
        self.function = Function(program, variables, folder, PATIENCE)
        self.process = self.function.process
        self.answer = None
        self.function.events.put(event)

    def end(self):
        answers = self.function.answers
        try:
            wait_for("an answer", lambda: not answers.empty() or self.process.poll() is not None, PATIENCE, every=0.002)
            kind, self.answer = ("death", None) if answers.empty() else answers.get()
        finally:
            self.function.stop()
        is_done = kind == "response" and not (self.answer or {}).get("batchItemFailures")
        return None if is_done else f"{kind} {self.answer}\n{self.function.log.read_text()[-3000:]}"


@dataclasses.dataclass
class Act:
    lake: Remembered
    start: State
    # Begins it; what it gives has a process, and an end that says what went wrong.
    begin: callable
    # What is begun after a death, one after the other.
    recover: list
    # What is the same however often it died.
    outcome: callable
    # How often it is killed where not everything is tried.
    kills: int
    # With which options the lake is verified.
    verified_with: tuple = ()
    # Puts back what is not in the lake.
    prepare: callable = lambda: None

    def make_again(self):
        self.lake.make_again(self.start)
        self.prepare()

    def looked_at(self):
        self.lake.look()
        return self.outcome()


class Ground:
    """Where acts are done, through a proxy that can kill."""

    def __init__(self, account, leadlake, functions, folder):
        self.account, self.functions, self.folder = account, functions, folder
        self.executioner = Executioner(account.proxy.rules)
        self.proxy = Proxy(account.emulator.endpoint, self.executioner.rules).start()
        self.binary = leadlake.binary
        self.glue = Glue(account.emulator.endpoint)
        self.talk_through(self.proxy.endpoint)

    def talk_through(self, endpoint):
        """Whatever is begun from now on."""
        self.environment = CREDENTIALS | {"AWS_ENDPOINT_URL": endpoint}

    def stop(self):
        self.proxy.stop()

    def lake(self, name):
        return Remembered(self.account, name, self.glue)

    def command(self, *arguments):
        return lambda: Command(Leadlake(self.binary, self.environment), *arguments)

    def call(self, binary, lake, event, variables=None):
        """One call of a new process. Of the settings each function takes its own."""
        assert binary in BINARIES
        settings = {
            "LEADLAKE_LAKE": lake.address,
            "LEADLAKE_GLUE_DATABASE": lake.database,
            "LEADLAKE_ATHENA_OUTPUT": f"s3://{RESULTS_BUCKET}/{lake.name}/",
            "LEADLAKE_SCRATCH": str(self.folder),
        }
        if binary == "refine":
            del settings["LEADLAKE_GLUE_DATABASE"]
        return lambda: Call(self.functions / binary, self.environment | settings | (variables or {}), self.folder, event)

    def do(self, begin):
        """Whatever it is, nobody kills it."""
        self.executioner.begin()
        doing = begin()
        wrong = doing.end()
        assert wrong is None, wrong
        return doing


# What is looked at afterwards


def refined(lake):
    """Every byte of silver, quarantine and ledger, but for the moment when it was done."""
    layers = ("silver/", "quarantine/", "ledger/")
    entries = [json.loads(lake.get(key))["object_key"] for key in lake.keys("ledger/")]
    assert sorted(entries) == sorted(key for key in lake.keys("bronze/") if f"/{UNKNOWN}/" not in key)
    return {key: without_moment(key, lake.get(key)) for layer in layers for key in lake.keys(layer) if "/dt=" in key}


def without_moment(key, content):
    if not key.startswith("ledger/"):
        return content
    return {name: value for name, value in json.loads(content).items() if name != "completed_at"}


def tables_in(lake):
    return sorted({key.partition("/_log/")[0] for key in lake.keys() if "/_log/" in key})


def rows(lake, table):
    return sorted(repr({name: value for name, value in row.items() if name not in OF_THE_RUN}) for row in lake.rows_of(table))


def of_tables(lake):
    """The rows that readers see, where Glue shows what the logs say, and Glue's tables that have no versions."""
    tables = tables_in(lake)
    shown = lake.glue.tables(lake.database)
    assert_glue_shows_the_log(lake, shown, tables)
    versioned = {f"{table.replace('/', '_')}{end}" for table in tables for end in ("", "_versions")}
    others = {name: what for name, what in shown.items() if name not in versioned}
    return {table: rows(lake, table) for table in tables} | others


def of_scored(lake):
    """The same, and features and scores are of the very leads that readers see."""
    number = lake.current("silver/leads")["number"]
    for table in ("features/leads", "gold/lead_scores"):
        assert {row["leads_snapshot"] for row in lake.rows_of(table)} == {number}, table
    return of_tables(lake)


# Raw events


def sample(source):
    return (ROOT / "events" / "samples" / f"{source}.json").read_bytes()


REFUSED = b'{"event_type":"webinar_attendance","duration_minutes":5}\n'


def told_of(lake, day=""):
    """A batch of messages, one for each raw object."""
    keys = sorted(key for key in lake.keys("bronze/") if day in key)
    bodies = {key: json.dumps({"leadlake": "refine", "key": key}) for key in keys}
    return {"Records": [{"messageId": key, "body": body} for key, body in bodies.items()]}


def strict_contracts(folder):
    """They refuse what those of today accept."""
    shutil.copytree(ROOT / "contracts", folder)
    for source, field in (("webinar", "webinar_id"), ("online", "utm_source")):
        path = folder / f"{source}.odcs.yaml"
        before, name, after = path.read_text().partition(f"- name: {field}\n")
        assert name, field
        path.write_text(before + name + after.replace("logicalType", "required: true\n        logicalType", 1))
    return {"LEADLAKE_CONTRACTS": str(folder)}


def put_raw(lake, sources, day):
    """Of a source that nobody knows what is put does not matter."""
    for source in sources:
        content = b"{}" if source == UNKNOWN else sample(source)
        content += REFUSED if source == "webinar" else b""
        lake.put(f"bronze/{source}/{day.replace('-', '/')}/{source}.json", content)
