"""All that goes wrong between a lake and AWS at once: what fails is begun again, as a schedule would, and the end is the undisturbed one."""

import random

import pytest
from acts import FIRST, MUCH_LATER, OF_THE_RUN, SECOND, Ground, put_raw, refined, strict_contracts, tables_in, told_of
from faults import CUT, ERROR, LATE, LOST, RESET, SLOW_DOWN, Faults, LostOnce
from killing import is_change
from proxy import Call, Proxy
from published import assert_glue_shows_the_log
from remembered import State
from stale import HIDDEN, SHOWN, Stale

SEED = 20250110
SERVICES = frozenset({"s3", "glue", "athena"})
MOST_TRIES = 25
# Of a KPI's value which cut it is, and what was there before it, depends on what runs saw.
OF_THE_CUT = {"cut", "change", "changed_because", "detail", "as_of"}


@pytest.fixture(scope="module")
def ground(account, leadlake, functions, tmp_path_factory):
    ground = Ground(account, leadlake, functions, tmp_path_factory.mktemp("chaos"))
    yield ground
    ground.stop()


@pytest.fixture(scope="module")
def undisturbed(ground, tmp_path_factory):
    """The lake before and after all that is done with it."""
    lake = ground.lake("chaos-lake")
    lake.strict = strict_contracts(tmp_path_factory.mktemp("contracts") / "strict")
    put_raw(lake, ("webinar", "online", "roadshow"), "2025-01-10")
    put_raw(lake, ("crm", "transactions"), "2025-01-11")
    start = lake.remember()
    for begin in [*life(ground, lake), *rest(ground, lake)]:
        ground.do(begin)
    lake.look()
    # Who is called what follows from the secret.
    lake.begun = State(start.objects | {"ops/salt": lake.get("ops/salt")}, {})
    lake.expected = looked_at(lake)
    return lake


def life(ground, lake):
    """Each is begun until it ends well."""
    on = ["--lake", lake.address, "--database", lake.database]
    rollback = ground.command("rollback", "gold/lead_scores", "--to", "1", *on)
    vacuum = ground.command("--now", MUCH_LATER, "vacuum", *on)
    catalog = ground.call("catalog", lake, {})
    return [
        ground.call("refine", lake, told_of(lake, "2025/01/10"), lake.strict),
        ground.call("score", lake, {"as_of": FIRST}),
        catalog,
        ground.call("refine", lake, told_of(lake, "2025/01/11")),
        ground.command("replay", "--lake", lake.address),
        # What was taken away to be replayed, and then was not.
        ground.command("ingest", "--lake", lake.address),
        ground.call("score", lake, {"as_of": SECOND}),
        rollback,
        catalog,
        vacuum,
        # Now lists may still show what the first deleted.
        vacuum,
    ]


def rest(ground, lake):
    """The next runs."""
    return [ground.call("score", lake, {"as_of": SECOND}), ground.call("catalog", lake, {"full": True})]


def looked_at(lake):
    lake.look()
    tables = tables_in(lake)
    assert_glue_shows_the_log(lake, lake.glue.tables(lake.database), tables)
    return refined(lake) | {table: rows(lake, table) for table in tables}


def rows(lake, table):
    left_out = OF_THE_RUN | {"completed_at"} | (OF_THE_CUT if table == "gold/kpi" else set())
    found = [row for row in lake.rows_of(table) if table != "gold/kpi" or is_value(row)]
    return sorted(repr({name: value for name, value in row.items() if name not in left_out}) for row in found)


def is_value(row):
    """One that was taken back is none. How long refining took, nobody can say beforehand."""
    return row["is_latest"] and row["value"] is not None and row["kpi"] != "processing_latency"


@pytest.fixture
def chaos(ground):
    """Between the functions and the proxy of the ground."""
    faults = Faults(SEED, services=SERVICES, likelier={"athena": 8})
    faults.slow_down = faults.error = faults.reset = faults.lost = faults.cut = faults.late = 0.01
    faults.stale = 0.12
    proxy = Proxy(ground.proxy.endpoint, {"s3": Stale(faults)}).start()
    proxy.faults = faults
    ground.talk_through(proxy.endpoint)
    yield proxy
    ground.talk_through(ground.proxy.endpoint)
    proxy.stop()


def test_a_lake_that_lived_in_chaos_is_the_undisturbed_one(ground, undisturbed, chaos):
    lake = undisturbed
    lake.make_again(lake.begun)
    tries = [until_it_ends_well(begin) for begin in life(ground, lake)]
    suffered, injected = chaos.faults.suffered, chaos.faults.injected
    kinds = {service: {kind for of, kind in suffered if of == service} for service in SERVICES}
    assert kinds["s3"] == {SLOW_DOWN, ERROR, RESET, LOST, CUT, LATE}, suffered
    assert kinds["glue"] == {SLOW_DOWN, ERROR, RESET, LOST, LATE}, suffered
    assert kinds["athena"] == {SLOW_DOWN, ERROR, RESET, LOST, LATE}, suffered
    assert injected[HIDDEN] and injected[SHOWN], injected
    # Some failed, and said so.
    assert sum(tries) > len(tries)
    ground.talk_through(ground.proxy.endpoint)
    for begin in rest(ground, lake):
        ground.do(begin)
    found = looked_at(lake)
    assert found.keys() == lake.expected.keys()
    assert [name for name in found if found[name] != lake.expected[name]] == []
    ground.do(ground.command("verify", "--lake", lake.address, "--database", lake.database))


def test_of_commits_and_of_what_glue_was_told_the_first_answer_is_lost(ground, undisturbed):
    """Whoever looks finds that it is done: no run begins anew, and no version is there twice."""
    lake = undisturbed
    lake.make_again(lake.begun)
    ground.do(ground.call("refine", lake, told_of(lake)))
    lossy = Proxy(ground.proxy.endpoint).start()
    lossy.faults = LostOnce(lambda call: is_change(call) and (call.service != "s3" or "/_log/" in call.target))
    try:
        ground.talk_through(lossy.endpoint)
        scored = ground.do(ground.call("score", lake, {"as_of": SECOND})).answer
    finally:
        ground.talk_through(ground.proxy.endpoint)
        lossy.stop()
    assert (scored["attempts"], scored.get("unpublished")) == (1, None)
    lake.look()
    tables = tables_in(lake)
    assert {table: len(lake.log(table)) for table in tables} == dict.fromkeys(tables, 1)
    assert_glue_shows_the_log(lake, lake.glue.tables(lake.database), tables)
    assert len(lossy.faults.lost) > 2 * len(tables)


def until_it_ends_well(begin):
    """How often it was begun."""
    for number in range(1, MOST_TRIES + 1):
        wrong = begin().end()
        if wrong is None:
            return number
        assert "panicked" not in wrong, wrong
    raise AssertionError(f"{MOST_TRIES} times in vain: {wrong}")


def test_faults_follow_from_the_seed_in_whatever_order_requests_come():
    calls = [Call("GET", f"/lake/{number}?x-id=GetObject", [], b"") for number in range(50)] * 20
    faults = lambda seed: Faults(seed, slow_down=0.1, lost=0.1, late=0.1)  # noqa: E731
    mixed = random.Random(1).sample(calls, len(calls))

    def fates(faults, calls):
        found = {}
        for call in calls:
            found.setdefault(call.target, []).append(faults.of(call))
        return found

    assert fates(faults(1), calls) == fates(faults(1), mixed)
    assert fates(faults(1), calls) != fates(faults(2), calls)
    kinds = {kind for fate in fates(faults(1), calls).values() for kind in fate}
    assert kinds == {None, SLOW_DOWN, LOST, LATE}
