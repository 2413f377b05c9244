"""A person goes every way that there is through a lake on AWS, and stands nowhere but where people may.

Not in logs at any level, in metrics, in answers and messages of functions and of the CLI, in what is asked of AWS, in Glue, beside dead
messages, nor in any other object of the lake.
"""

import base64
import dataclasses
import io
import json
import urllib.parse

import pyarrow.parquet as pq
import pytest
from deployment import Deployment
from faults import NONE, Faults
from parquet import of_version, rows_of
from proxy import Answer
from sentinels import EMAIL, NAME, PHONE, accepted, found_in, malformed, may_know, objects, rules
from servers import wait_for
from storm import notification

NAMESPACE = "Private"
DENIED = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
UNKNOWN = (EMAIL, [PHONE], {"email": NAME})
BROKEN_RULES = ("{mail: " + EMAIL + "}", "{phone: 0" + NAME + "}", "*quillon", '{email: "' + EMAIL)


@dataclasses.dataclass
class Listening(Faults):
    """Hears every request of functions and CLI, those too that go wrong."""

    calls: list = dataclasses.field(default_factory=list)

    def of(self, call):
        self.calls.append(call)
        return super().of(call)


class Private:
    """The lake, what is to go wrong with it, and what was told."""

    def __init__(self, account, leadlake):
        self.account = account
        self.cli = leadlake.on(account)
        self.told = []
        self.denied = None
        self.misread = None
        self.athena = account.proxy.rules["athena"]
        account.proxy.rules |= {"s3": self.answer_for_s3, "athena": self.answer_for_athena}
        account.proxy.faults = self.heard = Listening(17, slow_down=0.01, reset=0.01, lost=0.01, cut=0.01)
        self.lake = Deployment(account, "private", "s3://private-{layer}-lake")
        loud = {"LEADLAKE_LOG": "debug", "LEADLAKE_METRICS_NAMESPACE": NAMESPACE}
        self.refine = self.lake.add_refine("all", visibility=4, receives=2, variables=loud)
        self.score, _ = self.lake.add_score(loud)
        self.catalog, _ = self.lake.add_catalog(loud)
        self.functions = [self.refine.function, self.score, self.catalog]

    def end(self):
        self.account.proxy.faults = NONE
        del self.account.proxy.rules["s3"]
        self.account.proxy.rules["athena"] = self.athena

    async def answer_for_s3(self, call, forward):
        if self.denied and self.denied in call.target:
            return Answer(403, [("Content-Type", "application/xml")], DENIED)
        return await forward(call)

    async def answer_for_athena(self, call, forward):
        """A query that fails says at which value."""
        answer = await self.athena(call, forward)
        if not self.misread or call.action != "GetQueryExecution":
            return answer
        content = answer.json
        reason = f"INVALID_CAST_ARGUMENT: Cannot cast '{self.misread}' to BIGINT"
        content["QueryExecution"]["Status"] |= {"State": "FAILED", "StateChangeReason": reason}
        return answer.saying(content)

    def invoke(self, function, event, fails=False):
        failed, answer = self.lake.invoke_as_it_ends(function, event)
        assert bool(failed) == fails, (function, event, answer)
        self.told.append(json.dumps(answer))

    def run(self, *arguments, code=0):
        ended = self.cli.run(*arguments)
        assert ended.returncode == code, (arguments, ended.stdout, ended.stderr)
        self.told += [ended.stdout, ended.stderr]
        return ended

    def on_lake(self, *arguments, code=0):
        return self.run(*arguments, "--lake", self.lake.address, code=code)

    def logged(self, function):
        return [line for line in self.account.log_of(function) if not line.startswith(("START ", "END ", "REPORT "))]

    def refined(self, count):
        wait_for(f"{count} entries", lambda: len(self.lake.keys("ledger/")) >= count, 60, every=0.2)


@pytest.fixture(scope="module")
def private(account, leadlake):
    private = Private(account, leadlake)
    try:
        deliver(private)
        score(private)
        catalogue(private)
        operate(private)
        yield private
    finally:
        private.end()


def deliver(private):
    """What refine is told of, and what it cannot work on."""
    lake, queue = private.lake, private.refine.queue
    private.denied = "/forms.json"
    lake.notify({"bronze/": queue})
    for key, content in objects().items():
        lake.put(key, content)
    bucket = lake.bucket("bronze/")
    others = [notification(bucket, f"bronze/webinar/2025/01/08/{name}.json") for name in ("gone", "gone too")]
    lake.send(queue, malformed() + others + [notification(lake.bucket("ops/"), "ops/a.json")])
    for event in UNKNOWN:
        private.invoke(private.refine.function, event)
    private.dead = lake.dead(private.refine, 2 * len(malformed()))
    wait_for("what is denied to be dead", lambda: "failed" in private_codes(private), 40, every=0.3)
    private.refined(len(objects()) - 2)
    private.denied = None
    # What follows is told of as well when nothing is in its way.
    private.account.proxy.faults = private.heard = Listening(calls=private.heard.calls)


def private_codes(private):
    private.dead = private.lake.dead(private.refine, len(private.dead))
    return {message["MessageAttributes"]["code"]["StringValue"] for message in private.dead}


def score(private):
    """Rules, an event, a file and a right that are not in order; then it is scored."""
    for identifier in BROKEN_RULES:
        private.lake.put("ops/settings/identity.yaml", rules(identifier))
        private.invoke(private.score, {}, fails=True)
    private.lake.put("ops/settings/identity.yaml", rules("{email: nobody@example.in}"))
    for settings in (f"name,email,phone\n{NAME},{EMAIL},{PHONE}\n", f"{NAME}: {NAME}\n{EMAIL}: 1\n"):
        private.lake.put("ops/settings/scoring.yaml", settings.encode())
        private.invoke(private.score, {}, fails=True)
    private.lake.s3.delete_object(Bucket=private.lake.bucket("ops/"), Key="ops/settings/scoring.yaml")
    for event in ({"as_of": NAME}, *UNKNOWN):
        private.invoke(private.score, event, fails=True)
    private.denied = "gold/lead_scores/"
    private.invoke(private.score, {}, fails=True)
    private.denied = None
    [key, *_] = private.lake.keys("silver/roadshow/")
    whole = private.lake.get(key)
    private.lake.put(key, whole[len(whole) // 2 :] + whole[: len(whole) // 2])
    private.invoke(private.score, {"full": True}, fails=True)
    private.lake.put(key, whole)
    private.invoke(private.score, {})
    private.invoke(private.score, {})


def catalogue(private):
    for event in ({"keep_days": PHONE}, *UNKNOWN):
        private.invoke(private.catalog, event, fails=True)
    private.misread = NAME
    private.invoke(private.catalog, {}, fails=True)
    private.misread = None
    private.invoke(private.catalog, {})
    private.invoke(private.catalog, {"vacuum": True})


def operate(private):
    """The same from outside."""
    queue = private.refine.queue
    queues = ["--dlq", queue.dead_url, "--queue", queue.url]
    database = ["--database", private.lake.database]
    private.run("redrive", *queues, "--dry-run")
    private.run("redrive", *queues, "--limit", "2")
    private.on_lake("backfill", "--queue", queue.url, "--source", "online", "--force")
    private.refined(len(objects()) - 1)
    private.on_lake("verify", code=1)
    private.on_lake("catalog", "sync", *database)
    private.on_lake("rollback", "gold/lead_scores", "--to", "1", *database)
    private.on_lake("query", "SELECT CAST(name AS bigint) FROM silver_roadshow", code=1)
    private.on_lake("lead", f"un{EMAIL}", code=1)


def assert_names_nobody(said, where):
    assert found_in(said) == [], f"{where}: {said[:4000]}"


def test_the_person_would_be_found():
    for part in (NAME, EMAIL, PHONE, PHONE.replace(" ", "")):
        assert found_in(f"so {part} it is")
        assert found_in(json.dumps(part.upper()))
        assert found_in(urllib.parse.quote(part, safe=""))
        assert found_in("".join(f"\\u{ord(letter):04x}" for letter in part))
        assert found_in(f"id={part.encode().hex()}")
        for before in ("", "a", "ab"):
            assert found_in(f"x:{base64.b64encode((before + part).encode()).decode()}"), (part, before)
            assert found_in(f"x:{base64.urlsafe_b64encode((before + part).encode()).decode()}"), (part, before)
    assert not found_in("nobody, 9841 729, 0.98417")


def test_the_person_stands_where_people_may(private):
    lake = private.lake
    roadshow = rows_of(lake, lake.keys("silver/roadshow/"), ["name", "email", "phone", "extra", "invalid"])
    assert len(roadshow) >= len(accepted())
    assert all(found_in(json.dumps(row)) for row in roadshow)
    quarantine = rows_of(lake, lake.keys("quarantine/roadshow/"), ["code", "original"])
    assert len({row["code"] for row in quarantine}) > 10
    assert sum(bool(found_in(row["original"])) for row in quarantine) > 20
    for table in ("silver/leads", "silver/lead_events", "silver/lead_history", "gold/sales_dashboard"):
        rows = rows_of(lake, of_version(lake.current(table)))
        assert found_in(repr(rows)), table
    assert {"malformed", "gone", "no_contract", "failed"} <= private_codes(private)


def test_logs_name_nobody(private):
    for function in private.functions:
        lines = [json.loads(line) for line in private.logged(function)]
        levels = {line.get("level") for line in lines}
        assert {"info", "error" if function != private.refine.function else "warn"} <= levels, (function, levels)
        assert any("_aws" in line for line in lines), function
        assert_names_nobody("\n".join(private.logged(function)), function)
    for function, expected in [
        (private.refine.function, '"level":"debug"'),
        (private.refine.function, "HTTP 403"),
        (private.score, "HTTP 403"),
        (private.score, "cannot be read as Parquet"),
        (private.score, "scoring.yaml"),
        (private.catalog, "INVALID_CAST_ARGUMENT"),
    ]:
        assert any(expected in line for line in private.logged(function)), (function, expected)


def test_answers_and_messages_of_the_program_name_nobody(private):
    assert any("the query failed" in said for said in private.told)
    for said in private.told:
        assert_names_nobody(said, "an answer")


def test_what_is_asked_of_aws_names_nobody(private):
    """But for the bytes of objects that may, and messages that are put aside as they came."""
    asked = {(call.service, call.action or call.method) for call in private.heard.calls}
    for service, action in [
        ("s3", "PUT"),
        ("sqs", "SendMessageBatch"),
        ("glue", "CreateTable"),
        ("glue", "UpdateTable"),
        ("glue", "BatchCreatePartition"),
        ("athena", "StartQueryExecution"),
        ("cloudwatch", "PutMetricData"),
    ]:
        assert (service, action) in asked, sorted(asked)
    as_they_came = {*malformed(), *(json.dumps(event, separators=(",", ":")) for event in UNKNOWN)}
    bodies = set()
    for call in private.heard.calls:
        assert_names_nobody(f"{call.method} {call.target} {call.headers}", "a request")
        if call.service == "sqs" and call.action.startswith("SendMessage"):
            said = call.json
            entries = said.pop("Entries", [said])
            put_aside = {entry.pop("MessageBody") for entry in entries}
            assert {body for body in put_aside if found_in(body)} <= as_they_came, put_aside
            bodies.add(json.dumps([said, entries]))
        elif call.service != "s3" or not may_know(key_of(call)):
            bodies.add(call.body)
    for body in bodies:
        assert_names_nobody(body, "the body of a request")


def key_of(call):
    """Of the object that a request of S3 is about."""
    return call.target.partition("?")[0].lstrip("/").partition("/")[2].replace("%3D", "=")


def test_nothing_else_in_the_lake_names_anybody(private):
    """Keys, ledger, logs of tables, settings, and the rows of tables without people."""
    keys = private.lake.keys()
    assert_names_nobody("\n".join(keys), "a key")
    read = {"parquet": 0, "text": 0}
    for key in keys:
        if may_know(key):
            continue
        content = private.lake.get(key)
        assert_names_nobody(content, key)
        if key.endswith(".parquet"):
            assert_names_nobody(repr(pq.read_table(io.BytesIO(content)).to_pylist()), key)
        read["parquet" if key.endswith(".parquet") else "text"] += 1
    assert read["parquet"] >= 8 and read["text"] > 20, read
    for key in filter(may_know, keys):
        found = private.lake.s3.head_object(Bucket=private.lake.bucket(key), Key=key)
        assert found["Metadata"] == {}, key


def test_dead_messages_say_nothing_of_their_own(private):
    for message in private.dead:
        assert_names_nobody(json.dumps(message["MessageAttributes"]), "attributes")


def test_glue_and_metrics_name_nobody(private):
    glue, database = private.account.direct("glue"), private.lake.database
    tables = glue.get_tables(DatabaseName=database)["TableList"]
    assert {"silver_roadshow", "quarantine_records", "gold_sales_dashboard"} <= {table["Name"] for table in tables}
    for table in tables:
        assert_names_nobody(json.dumps(table, default=str), table["Name"])
        partitions = glue.get_partitions(DatabaseName=database, TableName=table["Name"])["Partitions"]
        assert_names_nobody(json.dumps(partitions, default=str), table["Name"])
    metrics = private.account.direct("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert len(metrics) > 10
    assert_names_nobody(json.dumps(metrics), "metrics")
