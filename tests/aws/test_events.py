"""The payloads in events/ do what they say; each envelope leads to the same lake. What nobody should send names nobody."""

import json

import pytest
from conftest import ROOT, sample_event
from deployment import SOURCES, Deployment

# Of each payload, whose sample it refines.
REFINED = {
    "refine-sqs-s3-2.1.json": "webinar",
    "refine-sqs-s3-2.6.json": "roadshow",
    "refine-s3.json": "online",
    "refine-eventbridge.json": "crm",
    "refine-sqs-eventbridge.json": "transactions",
    "refine-sqs-message.json": "webinar",
}

PERSON = "asha@example.com"
UNDERSTOOD_BY_NOBODY = [
    PERSON,
    json.dumps(PERSON),
    json.dumps([PERSON]),
    json.dumps({"email": PERSON}),
    json.dumps({"email": PERSON * 15000}),
    json.dumps({"Records": PERSON}),
    json.dumps({"Records": [PERSON]}),
    json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": [PERSON]}}}]}),
    json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": PERSON}),
    json.dumps({"Type": "Notification", "Message": PERSON}),
    json.dumps({"leadlake": PERSON, "key": "bronze/webinar/a.json"}),
    json.dumps({"leadlake": "refine", "key": "bronze/webinar/a.json", "force": PERSON}),
    json.dumps({"source": PERSON}),
    json.dumps({"source": "webinar", "from": PERSON}),
]
# None of them holds a record that can be accepted.
HOSTILE_OBJECTS = {
    "lines.json": "\n".join(
        [PERSON, json.dumps(PERSON), json.dumps([PERSON]), json.dumps({"email": PERSON, "event_id": {PERSON: PERSON}}), '{"email": "' + PERSON]
    ).encode(),
    "damaged.json.gz": b"\x1f\x8b\x08\x00" + PERSON.encode(),
}


@pytest.fixture(scope="module")
def local(account):
    """What the payloads speak of, with a queue that only a backfill fills."""
    deployment = Deployment(account, "local", "s3://leadlake-local")
    deployment.refine = deployment.add_refine("all", enabled=False, variables={"LEADLAKE_LOG": "debug"})
    for source in SOURCES:
        deployment.put(f"bronze/{source}/2025/01/10/{source}.json", (ROOT / "events" / "samples" / f"{source}.json").read_bytes())
    deployment.score, _ = deployment.add_score()
    deployment.catalog, _ = deployment.add_catalog()
    return deployment


@pytest.fixture
def fresh(local):
    """Nothing is refined yet."""
    for key in local.keys("ledger/") + local.keys("silver/") + local.keys("quarantine/"):
        local.s3.delete_object(Bucket=local.bucket(key), Key=key)
    for url in (local.refine.queue.url, local.refine.queue.dead_url):
        local.sqs.purge_queue(QueueUrl=url)
    return local


def test_every_payload_is_looked_at():
    shipped = {path.name for path in (ROOT / "events").glob("*.json")}
    others = {"refine-sqs-one-bad.json", "refine-sqs-test-event.json", "refine-backfill.json"}
    later = {"score-schedule.json", "score-manual.json", "catalog-schedule.json", "catalog-full.json", "catalog-vacuum.json"}
    assert shipped == REFINED.keys() | others | later


@pytest.mark.parametrize(("name", "source"), REFINED.items(), ids=REFINED.keys())
def test_an_object_is_refined(fresh, name, source):
    answer = fresh.invoke(fresh.refine.function, sample_event(name))
    [entry] = fresh.ledger()
    samples = (ROOT / "events" / "samples" / f"{source}.json").read_text().splitlines()
    assert (entry["source"], entry["counts"]["accepted"], entry["counts"]["input"]) == (source, len(samples), len(samples))
    if "sqs" in name:
        assert answer == {"batchItemFailures": []}
    # Told again, it is the same object.
    before = fresh.get(fresh.keys("ledger/")[0])
    fresh.invoke(fresh.refine.function, sample_event(name))
    assert len(fresh.keys("ledger/")) == 1
    if name != "refine-sqs-message.json":
        assert fresh.get(fresh.keys("ledger/")[0]) == before


def test_one_bad_message_fails_alone(fresh):
    event = sample_event("refine-sqs-one-bad.json")
    assert fresh.invoke(fresh.refine.function, event) == {"batchItemFailures": []}
    assert sorted(entry["source"] for entry in fresh.ledger()) == ["crm", "webinar"]
    [dead] = fresh.dead(fresh.refine, 1)
    assert dead["Body"] == event["Records"][1]["body"]
    assert dead["MessageAttributes"]["code"]["StringValue"] == "malformed"
    assert dead["MessageAttributes"]["reason"]["StringValue"]


def test_a_test_event_is_counted_and_nothing_else(fresh, account):
    event = sample_event("refine-sqs-test-event.json")
    assert fresh.invoke(fresh.refine.function, event) == {"batchItemFailures": []}
    assert fresh.keys("ledger/") == []
    assert fresh.waiting(fresh.refine.queue.dead_url) == 0
    metrics = [json.loads(line) for line in account.log_of(fresh.refine.function) if '"_aws"' in line]
    assert any(value == 1 for line in metrics for name, value in line.items() if "test" in name.lower())


def test_a_backfill_fans_out_through_the_queue(fresh):
    fresh.invoke(fresh.refine.function, sample_event("refine-backfill.json"))
    assert fresh.waiting(fresh.refine.queue.url) == 1
    assert fresh.keys("ledger/") == []
    fresh.enable(fresh.refine)
    try:
        fresh.wait_until_worked_off(fresh.refine, 30)
    finally:
        fresh.enable(fresh.refine, enabled=False)
    assert [entry["source"] for entry in fresh.ledger()] == ["webinar"]


def test_score_and_catalog_by_schedule_and_by_hand(fresh, account):
    for name in ("refine-sqs-s3-2.1.json", "refine-sqs-s3-2.6.json", "refine-s3.json", "refine-eventbridge.json"):
        fresh.invoke(fresh.refine.function, sample_event(name))
    for number, name in enumerate(("score-schedule.json", "score-manual.json"), start=1):
        fresh.invoke(fresh.score, sample_event(name))
        assert max(fresh.log("gold/lead_scores")) == number
    for name in ("catalog-schedule.json", "catalog-full.json", "catalog-vacuum.json"):
        fresh.invoke(fresh.catalog, sample_event(name))
    [scores] = account.ask_athena("SELECT count(*) AS n FROM gold_lead_scores", fresh.database)
    assert int(scores["n"]) == 3


@pytest.mark.parametrize("function", ["refine", "score", "catalog"])
def test_a_function_without_settings_names_all_that_it_wants(account, function):
    name = f"unset-{function}"
    account.create_function(name, function, {"LEADLAKE_LOG": "loud"}, timeout=10, memory=256)
    ended = account.direct("lambda").invoke(FunctionName=name, Payload=b"{}")
    assert ended["FunctionError"]
    told = ended["Payload"].read().decode()
    wanted = ["LEADLAKE_LAKE", "LEADLAKE_LOG"] + (["LEADLAKE_GLUE_DATABASE"] if function == "catalog" else [])
    assert [variable for variable in wanted if variable not in told] == [], told


def test_what_fails_names_nobody(fresh, account):
    """Neither in logs, with all that they can say, nor in answers nor beside a dead message. Keys of objects may be named."""
    for name, content in HOSTILE_OBJECTS.items():
        fresh.put(f"bronze/crm/2025/01/11/{name}", content)
    objects = [json.dumps({"leadlake": "refine", "key": f"bronze/crm/2025/01/11/{name}"}) for name in HOSTILE_OBJECTS]
    bodies = UNDERSTOOD_BY_NOBODY + objects
    messages = [
        {"messageId": str(number), "body": body, "attributes": {"ApproximateReceiveCount": "5"}} for number, body in enumerate(bodies)
    ]
    answers = [fresh.invoke(fresh.refine.function, {"Records": [message]}) for message in messages]
    directly = [PERSON, [PERSON], {"email": PERSON}]
    answers += [fresh.invoke(fresh.refine.function, event) for event in directly]
    malformed = len(UNDERSTOOD_BY_NOBODY) + len(directly)
    told = [message["MessageAttributes"] for message in fresh.dead(fresh.refine, malformed)]
    assert [attributes["code"]["StringValue"] for attributes in told] == ["malformed"] * malformed, told
    assert sum(entry["counts"]["accepted"] for entry in fresh.ledger()) == 0
    lines = [line for line in account.log_of(fresh.refine.function) if not line.startswith(("START ", "END ", "REPORT "))]
    assert lines and all(isinstance(json.loads(line), dict) for line in lines), lines
    named = [said for said in [*lines, *map(json.dumps, told), *map(json.dumps, answers)] if PERSON in said]
    assert named == []
