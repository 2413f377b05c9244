"""infra/'s own templates, deployed to an emulator that asks for rights: object in, silver and gold out, by the deployed functions.

One deployment serves all tests, in their order: the last ones take the lake's stack away and make it again.
"""

import datetime
import json
import pathlib
import shutil
from collections import Counter

import pytest
import superfluous
from conftest import ROOT, named
from deployed import DATABASE, LAKE, NAME, Deployed
from deployment import SOURCES
from enforced import MISJUDGED
from hive import columns_of
from parquet import rows_of, schemas_of
from roles import FOLDERS, MAY, VERBS, Probes

DAYS = 4
SAMPLES = {source: f"bronze/{source}/2025/01/10/{source}.json" for source in SOURCES}
NUMBERS = ("value", "numerator", "denominator")
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@pytest.fixture(scope="module")
def deployed(venv, functions, tmp_path_factory):
    infra = pathlib.Path(named("LEADLAKE_INFRA", "the compiled infra/"))
    folder = tmp_path_factory.mktemp("deployed")
    deployed = Deployed(venv, infra, functions, folder)
    try:
        yield deployed
    finally:
        deployed.stop()
        # Three programs, packed and unpacked, which nobody needs beside the logs that a failure has told of.
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def filled(deployed, leadlake, tmp_path_factory):
    """A sample of each source and a generated lake, put by who may deliver to each source and to no other."""
    raw = tmp_path_factory.mktemp("raw")
    first = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=DAYS)
    plan = ["--events", "800", "--days", str(DAYS), "--first-day", str(first), "--seed", "7"]
    deployed.truth = leadlake("generate", raw, *plan)["sources"]
    objects = {path.relative_to(raw).as_posix(): path for path in (raw / "bronze").rglob("*") if path.is_file()}
    objects |= {key: ROOT / "events" / "samples" / f"{source}.json" for source, key in SAMPLES.items()}
    deployed.producers = {source: deployed.producer(source) for source in SOURCES}
    for key, path in objects.items():
        s3 = deployed.enforced.client_of(deployed.producers[key.split("/")[1]], "s3")
        s3.put_object(Bucket=deployed.bucket(key), Key=key, Body=path.read_bytes())
    deployed.wait_for_ledger(len(objects))
    deployed.objects = sorted(objects)
    return deployed


@pytest.fixture(scope="module")
def backfilled(filled):
    """Everything once more, asked for by who operates the lake, after an object in no day's folder that cannot be read.

    Of most objects there is one file, in silver or in quarantine: there is another one beforehand, as of an earlier contract. And
    one entry of each source's ledger is of other rules.
    """
    lambdas = filled.enforced.client_of(filled.as_person("pipeline"), "lambda")
    count = len(filled.keys("ledger/"))
    for source in SOURCES:
        filled.put(f"bronze/{source}/undated.json", b"{no json\n")
    filled.wait_for_ledger(count + len(SOURCES))
    alone = [entry["outputs"][0]["key"] for entry in filled.ledger() if len(entry["outputs"]) == 1]
    filled.left_behind = [in_the_other(key) for key in alone]
    for key in filled.left_behind:
        filled.put(key, b"of an earlier contract")
    for source in SOURCES:
        key = filled.keys(f"ledger/{source}/")[0]
        entry = json.loads(filled.get(key))
        filled.put(key, json.dumps(entry | {"refined_by": entry["refined_by"][::-1]}).encode())
        request = {"source": source, "from": "2025-01-01", "to": "2100-01-01", "force": True}
        asked = lambdas.invoke(FunctionName=filled.function(f"refine-{source}"), Payload=json.dumps(request).encode())
        answer = json.loads(asked["Payload"].read())
        assert answer["sent"] == answer["found"] > 0, answer
    filled.wait("empty queues", lambda: not any(filled.waiting(filled.queue(source).url) for source in SOURCES))
    return filled


def in_the_other(key):
    """Where silver's file of the same object would be of quarantine's, or the other way round."""
    layer, _, below = key.partition("/")
    return f"{'quarantine' if layer == 'silver' else 'silver'}/{below}"


@pytest.fixture(scope="module")
def ran(backfilled):
    # As a deployment calls it, which so far found an empty lake.
    backfilled.invoke(backfilled.function("tables"), {})
    backfilled.execute("run", {})
    return backfilled


@pytest.fixture(scope="module")
def vacuumed(ran):
    """After a second version of each table, when the first is too old to be kept."""
    ran.execute("run", {"full": True})
    ran.before_vacuum = set(ran.keys())
    ran.grow_older(days=40)
    ran.execute("vacuum", {})
    ran.enforced.ageing.days = 0
    return ran


def test_objects_become_silver_and_quarantine_by_the_deployed_functions(filled):
    ledger = filled.ledger()
    assert sorted(entry["object_key"] for entry in ledger) == filled.objects
    present = set(filled.keys())
    for source, truth in filled.truth.items():
        entries = [entry for entry in ledger if entry["source"] == source and entry["object_key"] != SAMPLES[source]]
        [sample] = [entry["counts"] for entry in ledger if entry["object_key"] == SAMPLES[source]]
        assert sample["accepted"] == sample["input"] > 0, source
        found = [sum(entry["counts"][part] for entry in entries) for part in ("input", "accepted", "duplicate")]
        assert found == [truth["records"], truth["accepted"], truth["duplicates_within_object"]], source
        refused = sum((Counter(entry["counts"]["refused"]) for entry in entries), Counter())
        assert refused == truth["refused_by_code"], source
        outputs = {output["key"] for entry in entries for output in entry["outputs"]}
        assert outputs <= present, source
        silver = [key for key in outputs if key.startswith(f"silver/{source}/")]
        assert len({row["event_id"] for row in rows_of(filled, silver, ["event_id"])}) == truth["distinct_events"], source


def test_an_object_that_is_told_again_is_refined_once(filled):
    queue, key = filled.queue("webinar"), SAMPLES["webinar"]
    before = {key: filled.get(key) for key in filled.keys("ledger/webinar/")}
    told = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {"name": filled.bucket(key)}, "object": {"key": key}}}
    filled.send(queue, [json.dumps(told)] * 2)
    filled.wait("an empty queue", lambda: filled.waiting(queue.url) == 0)
    assert {key: filled.get(key) for key in filled.keys("ledger/webinar/")} == before
    assert filled.waiting(queue.dead_url) == 0


def test_a_backfill_makes_everything_as_it_was_and_takes_away_what_is_left_over(backfilled):
    assert len(backfilled.left_behind) > len(SOURCES) and not set(backfilled.left_behind) & set(backfilled.keys())
    ledger = [entry for entry in backfilled.ledger() if not entry["object_key"].endswith("undated.json")]
    assert sorted(entry["object_key"] for entry in ledger) == backfilled.objects
    assert len({entry["refined_by"] for entry in ledger if entry["source"] == "webinar"}) == 1
    present = set(backfilled.keys())
    for entry in ledger:
        assert {output["key"] for output in entry["outputs"]} <= present


@pytest.mark.parametrize("source", SOURCES)
def test_poison_ends_in_the_dead_letter_queue_of_its_source(filled, source):
    queues = {source: filled.queue(source) for source in SOURCES}
    filled.send(queues[source], ['{"nobody": "knows"}'])
    filled.wait("a dead message", lambda: filled.waiting(queues[source].dead_url) == 1)
    assert sum(filled.waiting(queue.dead_url) for queue in queues.values()) == 1
    [dead] = filled.sqs.receive_message(QueueUrl=queues[source].dead_url, MessageAttributeNames=["All"])["Messages"]
    assert (dead["Body"], dead["MessageAttributes"]["code"]["StringValue"]) == ('{"nobody": "knows"}', "malformed")
    filled.sqs.delete_message(QueueUrl=queues[source].dead_url, ReceiptHandle=dead["ReceiptHandle"])


def test_the_state_machine_yields_gold_as_the_command_line_does_on_a_copy(ran, leadlake, tmp_path):
    copy = ran.download(tmp_path / "copy")
    catalogs_tables = ("kpi", "sales_dashboard", "conversion_metrics", "attribution")
    for table in catalogs_tables:
        (copy / "gold" / table).rename(tmp_path / table)
    leadlake("gold", "--lake", copy)
    analyst = ran.as_person("analyst")
    for table in (f"gold_{table}" for table in catalogs_tables if table != "sales_dashboard"):
        sql = f"SELECT count(*) AS n FROM {table}"
        by_athena = ran.enforced.ask_athena(analyst, sql, DATABASE, f"{NAME}-analyst")
        assert int(by_athena[0]["n"]) == leadlake("query", "--lake", copy, sql)[0]["n"] > 0, table
    sql = f"SELECT kpi, measure, date, {', '.join(NUMBERS)} FROM gold_kpi WHERE is_latest AND cardinality(map_keys(dimensions)) = 0"
    ours, theirs = ran.enforced.ask_athena(analyst, sql, DATABASE, f"{NAME}-analyst"), leadlake("query", "--lake", copy, sql)
    ours, theirs = ({(row["kpi"], row["measure"], str(row["date"])): numbers(row) for row in rows} for rows in (ours, theirs))
    assert ours.keys() == theirs.keys() and ours
    for key, found in ours.items():
        # How long something took, Athena knows to the millisecond.
        assert found == pytest.approx(theirs[key], abs=0.002 if key[0] == "processing_latency" else 1e-9, nan_ok=True), key


def numbers(row):
    return [float("nan") if row[name] is None else float(row[name]) for name in NUMBERS]


def test_metrics_of_the_kpis_arrive_under_the_namespace_that_alarms_look_at(ran):
    pages = ran.enforced.direct("cloudwatch").get_paginator("list_metrics").paginate(Namespace="Leadlake/leadlake-local")
    metrics = [metric for page in pages for metric in page["Metrics"]]
    with_state = {dimension["Value"] for metric in metrics if metric["MetricName"] == "KpiState" for dimension in metric["Dimensions"]}
    kpis = {row["kpi"] for row in rows_of(ran, current_files(ran, "gold/kpi"), ["kpi"])}
    assert with_state == kpis and len(kpis) == 10


def current_files(lake, table):
    return [file["key"] for file in lake.current(table)["content"]["files"]]


def test_columns_in_glue_are_those_of_the_files(ran):
    """Names, order and types, from contracts and from what the lake adds; keys of partitions as the folders say."""
    tables = ran.tables()
    compared = set()
    for table in tables:
        if table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] != PARQUET:
            continue
        declared = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
        for schema in schemas_of(ran, ran.files_of(table)):
            assert columns_of(schema) == declared, table["Name"]
            compared.add(table["Name"])
        for values, location in ran.partitions_of(table):
            keys = [key["Name"] for key in table["PartitionKeys"]]
            assert said_by(location) == dict(zip(keys, values, strict=True)), (table["Name"], location)
    versioned = {table["Name"].removesuffix("_versions") for table in tables if table["Name"].endswith("_versions")}
    assert len(versioned) == 13
    # Nobody here is so alike that somebody has to look, so a version of that table has no file.
    without_files = {"silver_lead_review", "silver_lead_review_versions"}
    of_versions = versioned | {f"{name}_versions" for name in versioned}
    assert {f"silver_{source}" for source in SOURCES} | {"quarantine_records"} | of_versions - without_files <= compared
    of_lines = {f"bronze_{source}" for source in SOURCES} | {"ops_ledger_entries"}
    assert {table["Name"] for table in tables} - compared - without_files == of_lines


def said_by(folder):
    """What a folder's name says of its partition: a source, a day, or the number of a version."""
    *source, last = folder.rstrip("/").split("/")
    name, _, value = last.partition("=")
    said = {"snapshot": str(int(value.split("-")[0]))} if name == "snap" else {name: value}
    return said | ({"source": source[0]} if source else {})


def test_vacuum_takes_old_versions_away_and_leaves_what_is_current(vacuumed):
    present = set(vacuumed.keys())
    gone = vacuumed.before_vacuum - present
    for table in ("silver/leads", "features/leads", "gold/lead_scores", "gold/kpi", "ops/ledger"):
        log = vacuumed.log(table)
        assert set(current_files(vacuumed, table)) <= present, table
        assert {file["key"] for file in log[1]["content"]["files"]} <= gone, table
        assert [values for values, _ in vacuumed.partitions_of(vacuumed.table(f"{table.replace('/', '_')}_versions"))] == [["2"]], table
    assert all("/snap=" in key for key in gone)


@pytest.fixture(scope="module")
def probes(vacuumed):
    return Probes.put(vacuumed)


@pytest.mark.parametrize("who", MAY)
def test_a_role_may_do_what_it_is_for_and_nothing_else(probes, who):
    """In every folder, reading, writing, deleting and listing, as S3 itself answers."""
    found = probes.found(probes.lake.principal(who))
    wrong = {verb: found[verb] ^ MAY[who][verb] for verb in VERBS}
    assert wrong == {verb: set() for verb in VERBS}, f"of {len(FOLDERS)} folders, {who} may do otherwise than it should"


def test_roles_may_ask_start_and_send_only_what_is_theirs(vacuumed):
    lake = vacuumed
    queues = {source: lake.queue(source) for source in SOURCES}
    run = lake.machine("run")
    asked = {
        "analyst asks in its workgroup": ("analyst", lambda who: ask(lake, who, "SELECT 1 AS n", "analyst")),
        "sales asks in its workgroup": ("sales", lambda who: ask(lake, who, "SELECT count(*) FROM gold_sales_dashboard", "sales")),
        "pipeline looks at executions": ("pipeline", lambda who: of(lake, who, "stepfunctions").list_executions(stateMachineArn=run)),
        "pipeline sends again": ("pipeline", lambda who: look_at(lake, who, queues["crm"].url)),
        "pipeline takes what is dead": ("pipeline", lambda who: receive(lake, who, queues["crm"].dead_url)),
        "privacy finds whose data it is": ("privacy", lambda who: ask(lake, who, "SELECT count(*) FROM silver_webinar", "privacy")),
    }
    denied = {
        "analyst asks as the privacy officer": ("analyst", lambda who: ask(lake, who, "SELECT 1 AS n", "privacy")),
        "analyst asks for people": ("analyst", lambda who: ask(lake, who, "SELECT email FROM silver_leads", "analyst")),
        "analyst asks for whom sales calls": ("analyst", lambda who: ask(lake, who, "SELECT * FROM gold_sales_dashboard", "analyst")),
        "scientist asks for people": ("scientist", lambda who: ask(lake, who, "SELECT email FROM silver_webinar", "scientist")),
        "sales asks for features": ("sales", lambda who: ask(lake, who, "SELECT * FROM features_leads", "sales")),
        "analyst starts a run": ("analyst", lambda who: of(lake, who, "stepfunctions").start_execution(stateMachineArn=run)),
        "refine starts a run": ("refine-crm", lambda who: of(lake, who, "stepfunctions").start_execution(stateMachineArn=run)),
        "refine sends to another source": ("refine-crm", lambda who: send(lake, who, queues["webinar"].url)),
        "scientist takes what is dead": ("scientist", lambda who: receive(lake, who, queues["crm"].dead_url)),
        "analyst makes a table": ("analyst", lambda who: make_table(lake, who)),
        "score asks Athena": ("score", lambda who: ask(lake, who, "SELECT 1 AS n", "catalog")),
        "producer asks Athena": ("producer-crm", lambda who: ask(lake, who, "SELECT 1 AS n", "analyst")),
    }
    assert {what: outcome(lake, *who) for what, who in asked.items()} == dict.fromkeys(asked, "allowed")
    assert {what: outcome(lake, *who) for what, who in denied.items()} == dict.fromkeys(denied, "denied")


def outcome(lake, who, attempt):
    try:
        attempt(lake.principal(who))
    except Exception as error:
        said = str(error)
        assert any(word in said for word in ("AccessDenied", "Access Denied", "not authorized", "Unable to verify")), said
        return "denied"
    return "allowed"


def of(lake, who, service):
    return lake.enforced.client_of(who, service)


def ask(lake, who, sql, workgroup):
    lake.enforced.ask_athena(who, sql, DATABASE, f"{NAME}-{workgroup}")


def look_at(lake, who, url):
    of(lake, who, "sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])


def receive(lake, who, url):
    of(lake, who, "sqs").receive_message(QueueUrl=url, VisibilityTimeout=0)


def send(lake, who, url):
    of(lake, who, "sqs").send_message(QueueUrl=url, MessageBody="{}")


def make_table(lake, who):
    of(lake, who, "glue").create_table(DatabaseName=DATABASE, TableInput={"Name": "mine"})


def test_every_right_that_a_function_has_is_used_or_says_why_not(vacuumed):
    unused = superfluous.of_functions(vacuumed)
    assert not unused, "\n" + "\n".join(unused)


def test_no_reason_for_an_unused_right_outlives_it(vacuumed):
    assert superfluous.reasons_without_grant(vacuumed) == []


def test_every_call_of_a_function_is_covered_by_its_rights(vacuumed):
    assert superfluous.without_grant(vacuumed) == []


def test_nothing_that_a_function_wanted_was_denied(vacuumed):
    assert superfluous.denied_to_functions(vacuumed) == {}


def test_the_emulator_still_denies_what_it_is_overruled_in(vacuumed):
    """What it learns to judge is to be taken from the list."""
    assert vacuumed.enforced.proxy.overruled.keys() == MISJUDGED.keys()


def test_a_lake_that_is_deployed_again_goes_on_with_its_data(vacuumed):
    before = set(vacuumed.keys())
    vacuumed.destroy_lake()
    assert LAKE not in vacuumed.stacks()
    assert set(vacuumed.keys()) == before
    vacuumed.deploy_lake()
    count = len(vacuumed.keys("ledger/"))
    vacuumed.put("bronze/webinar/2025/01/11/again.json", (ROOT / "events" / "samples" / "webinar.json").read_bytes())
    vacuumed.wait_for_ledger(count + 1)
    vacuumed.execute("run", {})
    sql = "SELECT count(*) AS n FROM silver_webinar"
    [found] = vacuumed.enforced.ask_athena(vacuumed.as_person("privacy"), sql, DATABASE, f"{NAME}-privacy")
    samples = (ROOT / "events" / "samples" / "webinar.json").read_text().splitlines()
    assert int(found["n"]) == vacuumed.truth["webinar"]["accepted"] + 2 * len(samples)
