"""Nothing is lost and nothing doubled, whatever happens to functions and to S3's answers."""

import shutil
from collections import Counter

import pytest
from account import at_once
from conftest import ROOT
from deployment import Deployment
from faults import CUT, HANG, LOST, NONE, RESET, SLOW_DOWN, Faults
from parquet import rows_of
from servers import wait_for
from storm import DUPLICATES, FORCED, GONE, OBJECTS, PARTNERS, UNKNOWN, Killer, content, forced, key, notification

SEED = 20250110
KILLS = 6


@pytest.fixture(scope="module")
def storm(account):
    """All messages wait before the function may begin."""
    deployment = Deployment(account, "storm", "s3://storm-lake/lakes/dev")
    refine = deployment.add_refine("all", timeout=8, visibility=9, receives=40, concurrency=4, enabled=False)
    deployment.notify({"bronze/": refine.queue})
    # Some are to be done again before they are told of, the others after it. Ten go into a call and several calls run at once,
    # so that the same object is in two of them.
    redone = [forced(number) for begin in range(0, FORCED, 10) for number in [*range(begin, begin + 10)] * 2]
    deployment.send(refine.queue, redone[:FORCED])
    put(deployment, [(key(number), content(number)) for number in range(OBJECTS)])
    deployment.send(refine.queue, redone[FORCED:])
    put(deployment, [(key(number, PARTNERS), content(number)) for number in range(UNKNOWN)])
    bucket = deployment.bucket("bronze/")
    # Half of the repeated ones are put again, of the others S3 tells twice.
    put(deployment, [(key(number), content(number)) for number in range(DUPLICATES // 2)])
    again = [notification(bucket, deployment.prefix + key(number)) for number in range(DUPLICATES // 2, DUPLICATES)]
    gone = [notification(bucket, deployment.prefix + key(OBJECTS + number)) for number in range(GONE)]
    deployment.send(refine.queue, again + gone)
    return deployment, refine


def put(deployment, objects):
    at_once(lambda pair: deployment.put(*pair), objects)


@pytest.fixture(scope="module")
def survived(storm, account, ministack):
    """The queue is empty again."""
    deployment, refine = storm
    account.proxy.faults = Faults(SEED, slow_down=0.01, reset=0.003, lost=0.003, cut=0.003, hang=0.001, hangs=3)
    try:
        with Killer(ministack, SEED, KILLS) as killer:
            deployment.enable(refine)
            deployment.wait_until_worked_off(refine, 150)
        happened = account.proxy.faults.injected
    finally:
        account.proxy.faults = NONE
    assert killer.killed == KILLS
    assert all(happened[kind] for kind in (SLOW_DOWN, RESET, LOST, CUT, HANG)), happened
    return deployment, refine


def test_each_of_two_thousand_objects_is_counted_once(survived):
    deployment, _ = survived
    assert_all_is_there_once(deployment, OBJECTS)


def assert_all_is_there_once(deployment, objects):
    ledger = deployment.ledger()
    assert Counter(entry["object_key"] for entry in ledger) == {key(number): 1 for number in range(objects)}
    accepted, refused, duplicate = (sum(amount(entry["counts"], part) for entry in ledger) for part in ("accepted", "refused", "duplicate"))
    assert (accepted, refused, duplicate) == (2 * objects, len(range(0, objects, 10)), objects)
    silver, quarantine = deployment.keys("silver/"), deployment.keys("quarantine/")
    named = {output["key"] for entry in ledger for output in entry["outputs"]}
    assert {*silver, *quarantine} == named
    events = Counter(row["event_id"] for row in rows_of(deployment, silver, ["event_id"]))
    assert events == {f"wb-{number}-{part}": 1 for number in range(objects) for part in (0, 1)}
    assert len(rows_of(deployment, quarantine, ["code"])) == refused


def amount(counts, part):
    return sum(counts[part].values()) if isinstance(counts[part], dict) else counts[part]


def test_poison_lies_in_the_dead_letter_queue_with_its_reason_and_comes_back_after_a_fix(survived, account, leadlake, tmp_path):
    deployment, refine = survived
    codes = Counter()
    found = set()
    for message in deployment.dead(refine, UNKNOWN + GONE):
        told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        assert told["reason"], message
        # A function that is killed between two steps tells of the same object twice.
        if message["Body"] not in found:
            codes[told["code"]] += 1
        found.add(message["Body"])
    assert codes == {"no_contract": UNKNOWN, "gone": GONE}

    cli = leadlake.on(account)
    queues = ["--dlq", refine.queue.dead_url, "--queue", refine.queue.url]
    waiting = deployment.waiting(refine.queue.dead_url)
    cli("redrive", *queues, "--dry-run")
    assert deployment.waiting(refine.queue.dead_url) == waiting

    mend(deployment, refine, tmp_path / "contracts")
    cli("redrive", *queues)
    wait_for("what was dead to be done", lambda: len(deployment.keys("ledger/")) == OBJECTS + GONE + UNKNOWN, 60, every=0.3)
    deployment.wait_until_worked_off(refine, 30)
    assert deployment.waiting(refine.queue.dead_url) == 0
    partners = [entry for entry in deployment.ledger() if entry["source"] == PARTNERS]
    assert sum(entry["counts"]["accepted"] for entry in partners) == 2 * UNKNOWN


def mend(deployment, refine, contracts):
    """A contract for the unknown source, and the objects that were missing; nobody is told of these."""
    shutil.copytree(ROOT / "contracts", contracts)
    webinar = (contracts / "webinar.odcs.yaml").read_text()
    (contracts / f"{PARTNERS}.odcs.yaml").write_text(webinar.replace("webinar", PARTNERS).replace(f"{PARTNERS}_", "webinar_"))
    deployment.notify({})
    put(deployment, [(key(number), content(number)) for number in range(OBJECTS, OBJECTS + GONE)])
    deployment.configure(refine.function, {"LEADLAKE_CONTRACTS": str(contracts)})
