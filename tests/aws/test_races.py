"""Two runs at once end as one run does, on a Glue that refuses stale updates; so do two deliveries of a message."""

import concurrent.futures
import json
from collections import Counter

import pytest
from conftest import ROOT, sample_event
from deployment import Deployment
from faults import NONE, Faults
from holding import PATIENCE, Late, Meeting
from parquet import of_version, rows_of
from proxy import Proxy
from published import assert_glue_shows_the_log
from remembered import Glue
from runtime_api import Function
from servers import CREDENTIALS

TABLES = ["silver/leads", "features/leads", "gold/lead_scores"]
GOLD = ["gold/kpi", "gold/conversion_metrics", "gold/attribution", "gold/sales_dashboard"]
# A run as of an earlier instant than that of what is there steps aside, so each pair is later than the one before.
AS_OF = [f"{day}T23:59:59.999999Z" for day in ("2025-01-30", "2025-01-31", "2025-02-01", "2025-02-02")]


@pytest.fixture(scope="module")
def lake(account, leadlake):
    """Refined by the CLI, on the same bucket; its first runs of score and catalog are the ones that meet."""
    deployment = Deployment(account, "races", "s3://races-lake")
    cli = leadlake.on(account)
    cli("generate", deployment.address, "--events", "800", "--days", "12", "--seed", "11")
    cli("ingest", "--lake", deployment.address)
    deployment.as_of = iter(AS_OF)
    deployment.score, _ = deployment.add_score()
    deployment.catalog, _ = deployment.add_catalog()
    return deployment


@pytest.fixture(params=["first", "with_faults"])
def rules(account, request):
    """Somebody else is quicker with each table; the second time, answers of Glue and S3 are lost too."""
    if request.param == "with_faults":
        account.proxy.faults = Faults(seed=5, slow_down=0.01, reset=0.005, lost=0.02, services=frozenset({"glue", "s3"}))
    account.glue_rules.interfere()
    conflicts = account.glue_rules.conflicts
    yield account.glue_rules
    account.glue_rules.interfere(False)
    account.proxy.faults = NONE
    assert account.glue_rules.conflicts > conflicts


@pytest.fixture
def meeting(account, request):
    """Both want to commit the same version of that table."""
    account.proxy.rules["s3"] = meeting = Meeting(request.param)
    yield meeting
    del account.proxy.rules["s3"]
    assert meeting.met.is_set(), meeting.came


def both(deployment, function, events):
    with concurrent.futures.ThreadPoolExecutor(len(events)) as threads:
        return list(threads.map(lambda event: deployment.invoke(function, event), events))


@pytest.mark.parametrize("meeting", ["silver/leads"], indirect=True)
def test_two_score_runs(lake, account, rules, meeting):
    older, newer = next(lake.as_of), next(lake.as_of)
    ended = both(lake, lake.score, [{"as_of": as_of, "full": True} for as_of in (older, newer)])
    account.proxy.faults = NONE
    # One was overtaken.
    assert sum(run["attempts"] for run in ended) > 2, ended
    assert {"silver_leads", "gold_lead_scores"} <= rules.disturbed
    assert_glue_shows_the_log(lake, Glue(account.emulator.endpoint).tables(lake.database), TABLES)
    scores = rows_of(lake, of_version(lake.current("gold/lead_scores")), ["lead_id", "as_of"])
    people = rows_of(lake, of_version(lake.current("silver/leads")), ["lead_id"])
    assert {f"{row['as_of']:%Y-%m-%d}" for row in scores} == {newer[:10]}
    assert Counter(row["lead_id"] for row in scores) == Counter(row["lead_id"] for row in people)
    assert max(Counter(row["lead_id"] for row in people).values()) == 1


@pytest.mark.parametrize("meeting", ["gold/kpi"], indirect=True)
def test_two_catalog_runs(lake, account, rules, meeting):
    both(lake, lake.catalog, [sample_event("catalog-full.json"), {"full": True}])
    account.proxy.faults = NONE
    assert "gold_kpi" in rules.disturbed
    assert_glue_shows_the_log(lake, Glue(account.emulator.endpoint).tables(lake.database), TABLES + GOLD)
    columns = ["kpi", "measure", "dimensions", "date", "cut", "is_latest"]
    rows = rows_of(lake, of_version(lake.current("gold/kpi")), columns)
    values = Counter((row["kpi"], row["measure"], str(sorted(row["dimensions"])), row["date"], row["cut"]) for row in rows)
    assert rows and max(values.values()) == 1
    assert max(Counter(value[:4] for value, row in zip(values, rows, strict=True) if row["is_latest"]).values()) == 1


@pytest.fixture
def deliveries(account, functions, tmp_path):
    """A function on the emulator, and another that is late; each is given the same message."""
    deployment = Deployment(account, "deliveries", "s3://deliveries-lake")
    late = Late()
    proxy = Proxy(account.emulator.endpoint, {"s3": late}).start()
    settings = CREDENTIALS | {"LEADLAKE_LAKE": deployment.address}
    running = []

    def started(name, endpoint):
        (tmp_path / name).mkdir()
        running.append(Function(functions / "refine", settings | {"AWS_ENDPOINT_URL": endpoint}, tmp_path / name))
        return running[-1]

    try:
        yield deployment, started("one", account.emulator.endpoint), started("other", proxy.endpoint), late
    finally:
        for function in running:
            function.stop()
        late.done.set()
        late.over.set()
        proxy.stop()


@pytest.mark.parametrize("force", [False, True], ids=["delivered_twice", "done_again"])
def test_a_function_that_is_killed_takes_nothing_away_from_what_another_did(deliveries, force):
    deployment, function, other, late = deliveries
    key = "bronze/webinar/2025/01/10/webinar.json"
    deployment.put(key, (ROOT / "events" / "samples" / "webinar.json").read_bytes())
    message = lambda force: {"messageId": "1", "body": json.dumps({"leadlake": "refine", "key": key, "force": force})}  # noqa: E731
    if force:
        function.invoke({"Records": [message(False)]})
    other.events.put({"Records": [message(force)]})
    assert late.asked.wait(PATIENCE)
    if not force:
        assert function.invoke({"Records": [message(False)]}) == {"batchItemFailures": []}
    [before] = deployment.ledger()
    late.done.set()
    assert late.stands.wait(PATIENCE), other.log.read_text()
    other.process.kill()
    assert deployment.ledger() == [before]
    assert {output["key"] for output in before["outputs"]} == {*deployment.keys("silver/"), *deployment.keys("quarantine/")}
