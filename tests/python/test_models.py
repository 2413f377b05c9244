"""SQL models: their form, and that engines agree on what they mean."""

import datetime
import math
import re

import pytest
import sqlglot
from model_lakes import JANUARY, KINDS, crm
from sql_models import FOLDER, KPIS, TABLES, ask_leadlake, assert_same, shipped
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

MODELS = shipped()


def test_the_models_are_these():
    assert sorted(path.stem for path in FOLDER.glob("kpi/*")) == [f"{n:02}_{kpi}" for n, kpi in enumerate(KPIS, 1)]
    assert set(MODELS) == {*KPIS, *TABLES}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_model_is_one_query_of_athena_with_the_columns_of_its_header(model):
    [tree] = sqlglot.parse(model.query, read="athena")
    assert isinstance(tree, exp.Query) and not model.query.rstrip().endswith(";")
    assert tree.named_selects == list(model.columns)
    assert set(re.findall(r":\w+", model.query)) <= {":as_of", ":from_day", ":to_day"}
    assert all(isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))
    assert not tree.find(exp.CurrentTimestamp, exp.CurrentDate, exp.Rand, exp.TableSample)
    tables = {table.name for scope in traverse_scope(tree) for table in scope.tables if is_read(scope, table)}
    assert tables and all(is_catalogued(table) for table in tables), tables


def is_read(scope, table):
    return isinstance(scope.sources.get(table.alias_or_name), exp.Table)


def is_catalogued(table):
    return table in ("ops_ledger", "quarantine_records") or table.startswith(("silver_", "features_", "gold_"))


@pytest.mark.parametrize("name", KPIS)
def test_a_kpi_has_the_columns_of_kpis(name):
    [day, measure, *dimensions, value, numerator, denominator] = MODELS[name].columns.items()
    assert (day, measure) == (("day", "date"), ("measure", "string"))
    assert all(data_type == "string" for _, data_type in dimensions)
    assert [value, numerator, denominator] == [(c, "double") for c in ("value", "numerator", "denominator")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MODELS)
def test_engines_agree(answers, kind, name):
    model = answers.models[name]
    ours = answers.of_leadlake(kind, name)
    assert_same(ours, answers.of_duckdb(kind, name), model)
    assert ours or kind != "generated"
    key = model.grain.split(".")[0].split(", ")
    if name != "quarantine_samples":
        places = [list(model.columns).index(column) for column in key]
        assert len({tuple(row[place] for place in places) for row in ours}) == len(ours)
    if name in KPIS:
        assert all(is_share_of_its_parts(row[-3:]) for row in ours if row[-1] is not None and row[-2] is not None)


def is_share_of_its_parts(cells):
    value, numerator, denominator = cells
    return value is None if not denominator else math.isclose(value, numerator / denominator, rel_tol=1e-12)


def test_what_sales_says_later_changes_no_forecast_of_before(answers, leadlake):
    answers.generate("told_later", 3000)
    lake = answers.lake("told_later")
    leadlake("ingest", "--lake", lake)
    leadlake("score", "--lake", lake, "--as-of", "2025-01-31")

    models = [MODELS["lead_score_accuracy"], MODELS["conversion_by_band"]]

    def rows():
        return [ask_leadlake(leadlake, lake, model, JANUARY) for model in models]

    def people():
        asked = "SELECT l.lead_id, l.email, s.outcome, s.converted FROM silver_leads l JOIN gold_lead_scores s ON s.lead_id = l.lead_id"
        return {lead["lead_id"]: lead for lead in leadlake("query", "--lake", lake, asked)}

    before, known = rows(), people()
    told = [
        crm(f"later-{n}", lead["email"], "2025-02-03T09:00:00Z", outcome)
        for n, lead in enumerate(known.values())
        if lead["email"] and not lead["converted"]
        for outcome in ["converted" if lead["outcome"] == "lost" or n % 2 else "lost"]
    ]
    answers.put("told_later", "crm", "2025/02/03", told)
    leadlake("ingest", "--lake", lake)
    leadlake("score", "--lake", lake, "--as-of", "2025-02-28")

    now = people()
    assert now.keys() == known.keys()
    won_since = [lead for lead in known if now[lead]["converted"] and not known[lead]["converted"]]
    assert len([lead for lead in won_since if known[lead]["outcome"] == "lost"]) > 20 and len(told) > 100
    for model, then, later in zip(models, before, rows(), strict=True):
        assert {row[0] for row in then} >= {datetime.date(2025, 1, 31), None}
        assert_same(then, later, model)
