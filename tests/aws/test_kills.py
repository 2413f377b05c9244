"""Whatever changes a lake is killed before and after each request by which it does; then it is made good, and nothing is missing."""

import itertools
import os

import pytest
from acts import (
    DEAD_RUN,
    FIRST,
    MUCH_LATER,
    NOW,
    SECOND,
    UNKNOWN,
    Act,
    Ground,
    of_scored,
    of_tables,
    put_raw,
    refined,
    strict_contracts,
    told_of,
)
from killing import FATES, Fate, spread
from remembered import State

IS_LONG = os.environ.get("LEADLAKE_SOAK") == "1"
# So many of the lakes that were made good are verified, too.
VERIFIED_EACH = 1 if IS_LONG else 8


@pytest.fixture(scope="module")
def ground(account, leadlake, functions, tmp_path_factory):
    ground = Ground(account, leadlake, functions, tmp_path_factory.mktemp("kills"))
    yield ground
    ground.stop()


@pytest.fixture(scope="module")
def raw(ground):
    """Four objects, one of them of a source that nobody knows."""
    lake = ground.lake("kills-raw")
    put_raw(lake, ("webinar", "online", "crm", UNKNOWN), "2025-01-10")
    lake.queue = lake.add_queue("all", visibility=30, receives=5)
    lake.raw = lake.remember()
    return lake


@pytest.fixture(scope="module")
def refused(ground, tmp_path_factory):
    """What this contract refuses, that of today accepts."""
    lake = ground.lake("kills-refused")
    put_raw(lake, ("webinar", "online"), "2025-01-10")
    strict = strict_contracts(tmp_path_factory.mktemp("contracts") / "strict")
    ground.do(ground.call("refine", lake, told_of(lake), strict))
    assert len(refined(lake.look())) == 6
    return lake


@pytest.fixture(scope="module")
def people(ground):
    """Scored and shown once; then more came, was refined and scored."""
    lake = ground.lake("kills-people")
    put_raw(lake, ("webinar", "online"), "2025-01-10")
    ground.do(ground.command("--now", NOW, "ingest", "--lake", lake.address))
    ground.do(ground.call("score", lake, {"as_of": FIRST}))
    lake.put(DEAD_RUN, b"")
    put_raw(lake, ("crm",), "2025-01-11")
    ground.do(ground.command("--now", NOW, "ingest", "--lake", lake.address))
    lake.scored_once = lake.remember()
    ground.do(ground.call("score", lake, {"as_of": SECOND}))
    lake.scored_twice = lake.remember()
    ground.do(ground.command("catalog", "sync", "--lake", lake.address, *glue_of(lake)))
    lake.shown = lake.remember()
    return lake


def refine(ground, request):
    lake = request.getfixturevalue("raw")
    call = ground.call("refine", lake, told_of(lake), {"LEADLAKE_DLQ_URL": lake.queue.dead_url})

    def told_dead():
        """What is told twice is done once."""
        asked = {"QueueUrl": lake.queue.dead_url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
        return {message["Body"] for message in lake.sqs.receive_message(**asked).get("Messages", [])}

    return Act(
        lake=lake,
        start=lake.raw,
        begin=call,
        recover=[call],
        outcome=lambda: {"dead": told_dead()} | refined(lake),
        kills=9,
        verified_with=None,
        prepare=lambda: lake.sqs.purge_queue(QueueUrl=lake.queue.dead_url),
    )


def ingest(ground, request):
    lake = request.getfixturevalue("raw")
    command = ground.command("--now", NOW, "ingest", "--lake", lake.address)
    known = {key: content for key, content in lake.raw.objects.items() if f"/{UNKNOWN}/" not in key}
    return Act(lake, State(known, {}), command, [command], lambda: refined(lake), kills=7)


def replay(ground, request):
    """An object whose entry was taken away is a new one."""
    lake = request.getfixturevalue("refused")
    command = ground.command("--now", NOW, "replay", "--lake", lake.address)
    recover = [ground.command("--now", NOW, "ingest", "--lake", lake.address), command]
    return Act(lake, lake.remember(), command, recover, lambda: refined(lake), kills=9)


def score(ground, request):
    lake = request.getfixturevalue("people")
    call = ground.call("score", lake, {"as_of": SECOND})
    return Act(lake, lake.scored_once, call, [call], lambda: of_scored(lake), 5, glue_of(lake))


def publish(ground, request):
    """Glue knows nothing of what was scored last, nor of what has no versions."""
    lake = request.getfixturevalue("people")
    start = State(lake.scored_twice.objects, lake.scored_once.tables)
    call = ground.call("catalog", lake, {}, {"LEADLAKE_ONLY_TABLES": "true"})
    return Act(lake, start, call, [call], lambda: of_tables(lake), 5, glue_of(lake))


def sync(ground, request):
    """Glue knows nothing at all."""
    lake = request.getfixturevalue("people")
    command = ground.command("catalog", "sync", "--lake", lake.address, *glue_of(lake))
    return Act(lake, State(lake.scored_twice.objects, {}), command, [command], lambda: of_tables(lake), 5, glue_of(lake))


def catalog(ground, request):
    """What is told of KPIs counts, too."""
    lake = request.getfixturevalue("people")
    watch = lake.account.direct("cloudwatch")
    calls = itertools.count()
    namespace = {}

    def elsewhere():
        namespace["LEADLAKE_METRICS_NAMESPACE"] = f"Kills{next(calls)}"

    def call():
        return ground.call("catalog", lake, {}, namespace)()

    def told():
        listed = watch.list_metrics(Namespace=namespace["LEADLAKE_METRICS_NAMESPACE"])["Metrics"]
        assert listed
        return {repr((metric["MetricName"], sorted(map(repr, metric["Dimensions"])))) for metric in listed}

    return Act(lake, lake.shown, call, [call], lambda: of_tables(lake) | {"told": told()}, 2, glue_of(lake), elsewhere)


def gold(ground, request):
    """Slow as it is built here, and `catalog` commits the same tables."""
    lake = request.getfixturevalue("people")
    command = ground.command("--now", NOW, "gold", "--lake", lake.address, *glue_of(lake))
    return Act(lake, lake.scored_twice, command, [command], lambda: of_tables(lake), 3, glue_of(lake))


def rollback(ground, request):
    lake = request.getfixturevalue("people")
    command = ground.command("rollback", "gold/lead_scores", "--to", "1", "--lake", lake.address, *glue_of(lake))
    return Act(lake, lake.scored_twice, command, [command], lambda: of_tables(lake), 4, glue_of(lake))


def vacuum(ground, request):
    """The second run finds what the first has given up."""
    lake = request.getfixturevalue("people")
    command = ground.command("--now", MUCH_LATER, "vacuum", "--lake", lake.address, *glue_of(lake))

    def outcome():
        assert DEAD_RUN not in lake.keys()
        return of_tables(lake) | {"files": {key for key in lake.keys() if "/_log/" not in key}}

    return Act(lake, lake.scored_twice, command, [command], outcome, 6, glue_of(lake))


def glue_of(lake):
    return "--database", lake.database


ACTS = [refine, ingest, replay, score, publish, sync, catalog, rollback, vacuum, *([gold] if IS_LONG else [])]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_what_is_killed_anywhere_is_made_good_by_the_next_run(ground, act, request):
    name, act = act.__name__, act(ground, request)
    act.make_again()
    ground.do(act.begin)
    changes = list(ground.executioner.changes)
    expected = act.looked_at()
    fate = Fate(name, len(changes))
    FATES.append(fate)
    for at, side in spread(len(changes), None if IS_LONG else act.kills):
        fate.kills += 1
        try:
            kill(ground, act, at, side)
            is_verified = fate.kills % VERIFIED_EACH == 1 % VERIFIED_EACH
            assert_is_whole(ground, act, expected, is_verified)
            fate.recovered += 1
        except Exception as failure:
            fate.lost.append(f"killed {side} request {at} ({changes[at - 1]}): {failure}")
    assert fate.kills and fate.lost == [], "\n".join(fate.lost)


def kill(ground, act, at, side):
    """And does what is done after a death."""
    act.make_again()
    ground.executioner.begin(at, side)
    doing = act.begin()
    ground.executioner.process.set_result(doing.process)
    assert doing.end() is not None, "it said that it was done before it was"
    assert ground.executioner.has_killed
    ground.executioner.wait_until_still()
    for begin in act.recover:
        ground.do(begin)


def assert_is_whole(ground, act, expected, is_verified):
    found = act.looked_at()
    other = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    assert not other, f"{other} are not as they would be"
    if is_verified and act.verified_with is not None:
        ground.do(ground.command("verify", "--lake", act.lake.address, *act.verified_with))
