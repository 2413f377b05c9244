"""Two runs at once end as one run does, on a Glue that refuses stale updates."""

import concurrent.futures
from collections import Counter

import pytest
from conftest import sample_event
from deployment import Deployment
from faults import NONE, Faults
from parquet import of_version, rows_of

TABLES = ["silver/leads", "features/leads", "gold/lead_scores"]
GOLD = ["gold/kpi", "gold/conversion_metrics", "gold/attribution", "gold/sales_dashboard"]
AS_OF = ["2025-01-30T23:59:59.999999Z", "2025-01-31T23:59:59.999999Z"]


@pytest.fixture(scope="module")
def lake(account, leadlake):
    """Refined by the CLI, on the same bucket; its first runs of score and catalog are the ones that meet."""
    deployment = Deployment(account, "races", "s3://races-lake")
    cli = leadlake.on(account)
    cli("generate", deployment.address, "--events", "800", "--days", "20", "--seed", "11")
    cli("ingest", "--lake", deployment.address)
    deployment.score, _ = deployment.add_score()
    deployment.catalog, _ = deployment.add_catalog()
    return deployment


@pytest.fixture(params=["first", "with_faults"])
def rules(account, request):
    """Somebody else is quicker with each table; the second time, answers of Glue and S3 are lost too."""
    if request.param == "with_faults":
        account.proxy.faults = Faults(seed=5, slow_down=0.02, reset=0.01, lost=0.03, services=frozenset({"glue", "s3"}))
    account.glue_rules.interfere()
    yield account.glue_rules
    account.glue_rules.interfere(False)
    account.proxy.faults = NONE


def both(deployment, function, events):
    with concurrent.futures.ThreadPoolExecutor(len(events)) as threads:
        return list(threads.map(lambda event: deployment.invoke(function, event), events))


def test_two_score_runs(lake, account, rules):
    both(lake, lake.score, [{"as_of": as_of, "full": True} for as_of in AS_OF])
    account.proxy.faults = NONE
    assert {"silver_leads", "gold_lead_scores"} <= rules.disturbed
    assert_glue_shows_the_log(lake, account, TABLES)
    scores = rows_of(lake, of_version(lake.current("gold/lead_scores")), ["lead_id", "as_of"])
    people = rows_of(lake, of_version(lake.current("silver/leads")), ["lead_id"])
    assert {f"{row['as_of']:%Y-%m-%d}" for row in scores} == {AS_OF[-1][:10]}
    assert Counter(row["lead_id"] for row in scores) == Counter(row["lead_id"] for row in people)
    assert max(Counter(row["lead_id"] for row in people).values()) == 1


def test_two_catalog_runs(lake, account, rules):
    both(lake, lake.catalog, [sample_event("catalog-full.json"), {"full": True}])
    account.proxy.faults = NONE
    assert "gold_kpi" in rules.disturbed
    assert_glue_shows_the_log(lake, account, TABLES + GOLD)
    columns = ["kpi", "measure", "dimensions", "date", "cut", "is_latest"]
    rows = rows_of(lake, of_version(lake.current("gold/kpi")), columns)
    values = Counter((row["kpi"], row["measure"], str(sorted(row["dimensions"])), row["date"], row["cut"]) for row in rows)
    assert rows and max(values.values()) == 1
    assert max(Counter(value[:4] for value, row in zip(values, rows, strict=True) if row["is_latest"]).values()) == 1


def test_every_update_says_which_version_it_is_of(lake, account):
    assert account.glue_rules.unguarded == []
    assert account.glue_rules.conflicts > 0


def assert_glue_shows_the_log(lake, account, tables):
    """Tables lie where their logs say, and each version that is there can be asked for."""
    glue = account.direct("glue")
    for table in tables:
        name = table.replace("/", "_")
        shown = glue.get_table(DatabaseName=lake.database, Name=name)["Table"]
        assert shown["StorageDescriptor"]["Location"].rstrip("/") == place_of(lake, lake.current(table)), name
        partitions = glue.get_partitions(DatabaseName=lake.database, TableName=f"{name}_versions")["Partitions"]
        registered = {int(part["Values"][0]): part["StorageDescriptor"]["Location"].rstrip("/") for part in partitions}
        assert registered == {number: place_of(lake, entry) for number, entry in lake.log(table).items()}, name


def place_of(lake, entry):
    [folder] = {key.rpartition("/")[0] for key in of_version(entry)}
    return f"{lake.address}/{folder}"
