"""Raw objects are put into a bucket, and a lake appears: refine by notifications, score by its schedule, catalog into Athena."""

import datetime
import json
import shutil
from collections import Counter

import pytest
from conftest import ROOT
from deployment import SOURCES, Deployment
from parquet import of_version, rows_of
from servers import wait_for

DAYS = 10
KPIS = {
    "lead_volume",
    "data_quality",
    "processing_success_rate",
    "lead_source_distribution",
    "enrichment_coverage",
    "lead_score_accuracy",
    "high_intent_lead_ratio",
    "processing_latency",
    "duplicate_reduction",
    "conversion_by_band",
}
VERSIONED = ["silver/leads", "silver/lead_events", "silver/lead_history", "features/leads", "gold/lead_scores"]
NAMESPACE = "WholeLake"
NUMBERS = ("value", "numerator", "denominator", "change")


class Whole:
    def __init__(self, account, leadlake, folder):
        self.account = account
        self.leadlake = leadlake
        self.folder = folder
        self.raw = folder / "raw"
        first = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=DAYS)
        plan = ["--events", "3000", "--days", str(DAYS), "--first-day", str(first), "--seed", "7"]
        self.truth = leadlake("generate", self.raw, *plan)["sources"]
        self.deployment = Deployment(account, "whole", "s3://acme-{layer}-dev")
        self.deployment.notify(
            {f"bronze/{source}/": self.deployment.add_refine(source, source=source).queue for source in SOURCES}
        )
        self.keys = self.deployment.upload(self.raw)

    def refined(self):
        wait_for("a ledger entry of each object", lambda: len(self.deployment.keys("ledger/")) >= len(self.keys), 90, every=0.3)
        return self


@pytest.fixture(scope="module")
def whole(account, leadlake, tmp_path_factory):
    return Whole(account, leadlake, tmp_path_factory.mktemp("whole")).refined()


@pytest.fixture(scope="module")
def scored(whole):
    """The schedule itself invokes score."""
    deployment = whole.deployment
    _, function = deployment.add_score()
    # Later than the emulator takes to note the schedule: one of the past is never run.
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)
    whole.account.direct("scheduler").create_schedule(
        Name="score",
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function, "RoleArn": "arn:aws:iam::000000000000:role/leadlake", "Input": schedule_event()},
    )
    wait_for("a version of the scores", lambda: deployment.keys("gold/lead_scores/_log/"), 60, every=0.3)
    return whole


@pytest.fixture(scope="module")
def copied(scored):
    """The lake on this machine, as it was before the catalog ran; scored and added up by the CLI."""
    copy = scored.deployment.download(scored.folder / "copy")
    [as_of] = {row["as_of"] for row in rows_of(scored.deployment, of_version(scored.deployment.current("gold/lead_scores")), ["as_of"])}
    scored.leadlake("gold", "--lake", copy)
    return copy, as_of


@pytest.fixture(scope="module")
def catalogued(scored, copied):
    function, _ = scored.deployment.add_catalog({"LEADLAKE_METRICS_NAMESPACE": NAMESPACE})
    scored.deployment.invoke(function, json.loads((ROOT / "events" / "catalog-schedule.json").read_text()))
    scored.catalog = function
    return scored


def schedule_event():
    return (ROOT / "events" / "score-schedule.json").read_text()


def test_objects_become_silver_quarantine_and_ledger_without_another_call(whole):
    deployment = whole.deployment
    ledger = deployment.ledger()
    assert sorted(entry["object_key"] for entry in ledger) == whole.keys
    present = set(deployment.keys())
    for entry in ledger:
        assert {output["key"] for output in entry["outputs"]} <= present
    for source, truth in whole.truth.items():
        entries = [entry["counts"] for entry in ledger if entry["source"] == source]
        refused = sum((Counter(counts["refused"]) for counts in entries), Counter())
        found = [sum(counts[part] for counts in entries) for part in ("input", "accepted", "duplicate")]
        assert found == [truth["records"], truth["accepted"], truth["duplicates_within_object"]], source
        assert refused == truth["refused_by_code"], source
        silver = [key for key in present if key.startswith(f"silver/{source}/")]
        assert len({row["event_id"] for row in rows_of(deployment, silver, ["event_id"])}) == truth["distinct_events"], source
        quarantine = [key for key in present if key.startswith(f"quarantine/{source}/")]
        codes = Counter(row["code"] for row in rows_of(deployment, quarantine, ["code"]))
        assert codes == truth["refused_by_code"], source


def test_queues_are_empty_afterwards_and_nothing_is_dead(whole):
    for refine in whole.deployment.refines.values():
        whole.deployment.wait_until_worked_off(refine, 40)
        assert whole.deployment.waiting(refine.queue.dead_url) == 0, refine.function


def test_the_schedule_yields_what_the_cli_yields_on_a_copy(scored, copied, tmp_path):
    """Leads, features and scores, to the byte of each value."""
    copy, as_of = copied
    again = tmp_path / "again"
    for part in ("bronze", "quarantine", "ledger", *(f"silver/{source}" for source in SOURCES), "ops/salt"):
        duplicate(copy / part, again / part)
    scored.leadlake("score", "--lake", again, "--as-of", f"{as_of:%Y-%m-%dT%H:%M:%S.%fZ}")
    for table in VERSIONED:
        by_cli = scored.leadlake("query", "--lake", again, f"SELECT * FROM {table.replace('/', '_')}")
        by_function = scored.leadlake("query", "--lake", copy, f"SELECT * FROM {table.replace('/', '_')}")
        assert by_function and by_function == by_cli, table


def duplicate(source, target):
    if source.is_dir():
        shutil.copytree(source, target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def test_athena_finds_every_table_with_what_is_in_it(catalogued):
    ask = lambda sql: catalogued.account.ask_athena(sql, catalogued.deployment.database)  # noqa: E731
    for source, truth in catalogued.truth.items():
        found = ask(f"SELECT count(DISTINCT event_id) AS events, count(*) AS rows_, min(dt) AS day FROM silver_{source}")
        assert int(found[0]["events"]) == truth["distinct_events"], source
        assert int(found[0]["rows_"]) == truth["accepted"], source
        refused = ask(f"SELECT code, count(*) AS n FROM quarantine_records WHERE source = '{source}' GROUP BY code")
        assert {row["code"]: int(row["n"]) for row in refused} == truth["refused_by_code"], source
        assert int(ask(f"SELECT count(*) AS n FROM bronze_{source}")[0]["n"]) > 0, source
    for table in ("ops_ledger", "ops_ledger_entries"):
        assert int(ask(f"SELECT count(*) AS n FROM {table}")[0]["n"]) == len(catalogued.keys), table
    for table in VERSIONED:
        name = table.replace("/", "_")
        number = catalogued.deployment.current(table)["number"]
        rows = int(ask(f"SELECT count(*) AS n FROM {name}")[0]["n"])
        assert rows > 0, name
        assert int(ask(f"SELECT count(*) AS n FROM {name}_versions WHERE snapshot = {number}")[0]["n"]) == rows, name


def test_the_ten_kpis_through_athena_equal_those_of_the_cli(catalogued, copied):
    copy, _ = copied
    columns = f"kpi, measure, date, cut, {', '.join(NUMBERS)}, is_latest, changed_because, state, model_version"
    parts = "array_join(map_keys(dimensions), ',') AS parts, array_join(map_values(dimensions), ',') AS of_these"
    sql = f"SELECT {columns}, {parts} FROM gold_kpi"
    by_athena = {place(row, named(row)): row for row in catalogued.account.ask_athena(sql, catalogued.deployment.database)}
    answer = catalogued.leadlake("query", "--lake", copy, f"SELECT {columns}, dimensions FROM gold_kpi")
    by_cli = {place(row, row["dimensions"]): row for row in answer}
    assert {kpi for kpi, *_ in by_athena} == KPIS
    assert by_athena.keys() == by_cli.keys()
    for key, row in by_athena.items():
        # Athena knows instants to the millisecond, which shows in how long something took.
        near = 0.002 if row["kpi"] == "processing_latency" else 1e-9
        for name in NUMBERS:
            ours, theirs = (number(answer[name]) for answer in (row, by_cli[key]))
            assert ours == theirs or ours == pytest.approx(theirs, abs=near, rel=1e-9), (key, name)
        ours, theirs = ([text(row[name]) for name in ("is_latest", "state", "model_version")] for row in (row, by_cli[key]))
        assert ours == theirs, key


def named(row):
    """The dimensions of a row of Athena, which has no map in its answers."""
    keys, values = ((row[part] or "").split(",") for part in ("parts", "of_these"))
    return {} if keys == [""] else dict(zip(keys, values, strict=True))


def place(row, dimensions):
    return (row["kpi"], row["measure"], str(row["date"]), int(row["cut"]), *sorted(dimensions.items()))


def number(value):
    return None if value is None else float(value)


def text(value):
    return str(value).lower()


def test_kpi_values_are_metrics(catalogued):
    cloudwatch = catalogued.account.direct("cloudwatch")
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE)
    metrics = [metric for page in pages for metric in page["Metrics"]]
    told = {dimension["Value"] for metric in metrics for dimension in metric["Dimensions"] if dimension["Name"] == "KPI"}
    assert told == KPIS
    now = datetime.datetime.now(datetime.UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="KpiValue",
        Dimensions=[{"Name": "KPI", "Value": "lead_volume"}, {"Name": "Measure", "Value": "records"}],
        StartTime=now - datetime.timedelta(days=3),
        EndTime=now + datetime.timedelta(days=1),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    # As of now, the newest day that is over is yesterday.
    sql = f"""SELECT value FROM gold_kpi WHERE kpi = 'lead_volume' AND measure = 'records' AND is_latest
        AND cardinality(map_keys(dimensions)) = 0 AND date = DATE '{now.date() - datetime.timedelta(days=1)}'"""
    [row] = catalogued.account.ask_athena(sql, catalogued.deployment.database)
    assert [point["Maximum"] for point in points] == [float(row["value"])]


def test_a_catalog_run_with_nothing_to_do_leaves_everything_as_it_is(catalogued):
    before = {key for key in catalogued.deployment.keys() if not key.startswith("ops/")}
    queries = catalogued.account.proxy.calls["athena", "StartQueryExecution"]
    catalogued.deployment.invoke(catalogued.catalog, {})
    assert {key for key in catalogued.deployment.keys() if not key.startswith("ops/")} == before
    assert catalogued.account.proxy.calls["athena", "StartQueryExecution"] == queries


def test_logs_are_json_and_name_nobody(catalogued):
    emails = {row["email"] for row in rows_of(catalogued.deployment, catalogued.deployment.keys("silver/webinar/"), ["email"])} - {None}
    assert len(emails) > 100
    for function in [refine.function for refine in catalogued.deployment.refines.values()] + [catalogued.catalog, "whole-score"]:
        lines = [line for line in catalogued.account.log_of(function) if not line.startswith(("START ", "END ", "REPORT "))]
        assert lines, function
        for line in lines:
            assert isinstance(json.loads(line), dict), (function, line)
        written = "\n".join(lines)
        assert not [email for email in emails if email in written], function
