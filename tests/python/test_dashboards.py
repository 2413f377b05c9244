"""The data sets of the dashboards: their form, and that what they show is what the KPIs say."""

import datetime
import json
import math
import pathlib

import pytest
import sqlglot
import yaml
from model_lakes import webinar
from readers import database
from sql_models import IN_DUCKDB, KPIS, Asked, Model
from sqlglot import exp

FOLDER = pathlib.Path(__file__).parents[2] / "infra" / "dashboards"
DATA_SETS = {path.stem: Model.read(path) for path in sorted(FOLDER.glob("*.sql"))}
TOGETHER = yaml.safe_load((FOLDER / "together.yaml").read_text())

GOLD = ["gold_kpi", "gold_lead_scores", "gold_conversion_metrics", "gold_attribution"]

# What QuickSight has types for.
TYPES = {"string", "bigint", "double", "date", "timestamp"}


class Boards:
    """A lake that was run twice, with something late between, and its data sets as an engine that is not ours fills them."""

    def __init__(self, leadlake, folder, as_of):
        self.leadlake = leadlake
        self.folder = folder
        leadlake("generate", folder, "--events", "8000", "--days", "31", "--seed", "5")
        leadlake("run", "--lake", folder, "--as-of", "2025-01-19")
        late = [webinar(f"late-{n}", f"late-{n}@example.com", "2025-01-10T09:00:00Z") for n in range(40)]
        (folder / "bronze" / "webinar" / "2025" / "01" / "10" / "late.json").write_text("\n".join(map(json.dumps, late)))
        leadlake("run", "--lake", folder, "--as-of", as_of)
        self.connection = database()
        for table in GOLD:
            rows = f"read_parquet({self.files(table)}, hive_partitioning=false)"
            self.connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {rows}")
        self.types = {name: self.fill(model) for name, model in DATA_SETS.items()}
        figures = leadlake("kpi", "--lake", folder, "--from", "2025-01-01")["kpis"]
        self.figures = {figure["name"]: figure for figure in figures}

    def files(self, table):
        log = self.folder / table.replace("_", "/", 1) / "_log"
        current = json.loads(max(log.glob("*.json")).read_text())["current"]
        content = json.loads((log / f"{current:08}.json").read_text())["content"]
        return [str(self.folder / file["key"]) for file in content["files"]]

    def fill(self, model):
        [sql] = sqlglot.transpile(model.query, read="athena", write="duckdb")
        self.connection.execute(f"CREATE TABLE {model.name} AS {sql}")
        described = self.connection.execute(f"SELECT * FROM {model.name}").description
        return [(column[0], str(column[1])) for column in described]

    def ask(self, sql, *values):
        return self.connection.execute(sql, values).fetchall()

    def of_range(self, kpi, measure):
        """Rows of a KPI about the whole range, counted anew, by what they tell apart."""
        rows = [row for row in self.figures[kpi]["rows"] if row["day"] is None and row["measure"] == measure]
        return {tuple(sorted(row["dimensions"].items())): row for row in rows}


@pytest.fixture(scope="module")
def boards(leadlake, tmp_path_factory):
    return Boards(leadlake, tmp_path_factory.mktemp("boards") / "lake", "2025-01-31")


@pytest.fixture(scope="module")
def at_noon(leadlake, tmp_path_factory):
    return Boards(leadlake, tmp_path_factory.mktemp("boards") / "lake", "2025-01-20T12:00:00Z")


@pytest.mark.parametrize("model", DATA_SETS.values(), ids=DATA_SETS)
def test_a_data_set_is_one_query_of_athena_with_the_columns_of_its_header(model):
    [tree] = sqlglot.parse(model.query, read="athena")
    assert isinstance(tree, exp.Select) and not model.query.rstrip().endswith(";")
    assert tree.named_selects == list(model.columns)
    assert set(model.columns.values()) <= TYPES
    assert {table.name for table in tree.find_all(exp.Table)} <= set(GOLD)
    assert not tree.find(exp.Star, exp.Placeholder, exp.CurrentTimestamp, exp.CurrentDate)


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_data_set_has_the_columns_and_types_of_its_header(boards, name):
    declared = [(column, IN_DUCKDB[data_type]) for column, data_type in DATA_SETS[name].columns.items()]
    assert boards.types[name] == declared
    assert boards.ask(f"SELECT count(*) > 50 FROM {name}") == [(True,)]


@pytest.mark.parametrize("kpi", KPIS)
@pytest.mark.parametrize("lake", ["boards", "at_noon"])
def test_the_newest_day_is_what_leadlake_says(request, lake, kpi):
    asked = request.getfixturevalue(lake)
    figure = asked.figures[kpi]
    told = [(datetime.date.fromisoformat(day["day"]), day["value"]) for day in figure["trend"] if day["complete"]]
    over = [(day, value) for day, value in told if value is not None]
    shown = asked.ask(
        "SELECT date, value FROM kpis WHERE kpi = ? AND measure = ? AND told_by = 'all' AND value IS NOT NULL ORDER BY date",
        kpi,
        figure["headline"]["measure"],
    )
    assert shown[-1][0] == over[-1][0] and math.isclose(shown[-1][1], over[-1][1], rel_tol=1e-9)
    assert len(shown) > 1 or kpi == "high_intent_lead_ratio"


def test_days_that_are_not_over_are_left_out(at_noon):
    assert at_noon.ask("SELECT max(date) FROM gold_kpi") == [(datetime.date(2025, 1, 20),)]
    assert at_noon.ask("SELECT max(date) FROM kpis") == [(datetime.date(2025, 1, 19),)]


def test_a_value_of_a_day_is_there_once_as_it_is_known_now(boards):
    key = "kpi, measure, source, field, band, date"
    records = "kpi = 'lead_volume' AND measure = 'records' AND date = '2025-01-10'"
    [(first, now)] = boards.ask(
        f"SELECT min(value), max(value) FROM gold_kpi WHERE {records} AND element_at(dimensions, 'source') = ['webinar']"
    )
    assert now == first + 40
    corrected = boards.ask(f"SELECT value, change, cut, changed_because FROM kpis WHERE {records} AND source = 'webinar'")
    assert corrected == [(now, 40, 2, "late_data")]
    assert boards.ask(f"SELECT {key} FROM kpis GROUP BY {key} HAVING count(*) > 1") == []
    told_apart = boards.ask("SELECT DISTINCT told_by, source <> 'all', field IS NOT NULL, band IS NOT NULL FROM kpis ORDER BY ALL")
    assert told_apart == [
        ("all", False, False, False),
        ("band", False, False, True),
        ("field", False, True, False),
        ("field, source", True, True, False),
        ("source", True, False, False),
    ]


@pytest.mark.parametrize(
    ("kpi", "what", "way"), [(kpi, what, way) for kpi, ways in TOGETHER.items() for what, way in ways.items()]
)
def test_days_put_together_are_what_the_whole_range_is(boards, kpi, what, way):
    measure, _, by = what.partition(" by ")
    rows = boards.of_range(kpi, measure).items()
    expected = {dimensions: row for dimensions, row in rows if [name for name, _ in dimensions] == ([by] if by else [])}
    name = by or "source"
    shown = boards.ask(
        f"SELECT {name}, sum(numerator), sum(numerator) / sum(denominator) FROM kpis "
        "WHERE kpi = ? AND measure = ? AND told_by = ? GROUP BY ALL",
        kpi,
        measure,
        by or "all",
    )
    found = {((name, value),) if by else (): {"count": count, "rate": rate}[way] for value, count, rate in shown}
    assert found.keys() == expected.keys() and found
    for dimensions, row in expected.items():
        assert math.isclose(found[dimensions], row[{"count": "numerator", "rate": "value"}[way]], rel_tol=1e-9), dimensions


def test_conversion_by_band_is_that_of_the_kpi(boards):
    rows = boards.of_range("conversion_by_band", "conversion_rate").items()
    expected = {dimensions[0][1]: row["value"] for dimensions, row in rows if dimensions}
    shown = dict(boards.ask("SELECT band_before, sum(converted) / sum(decided) FROM scores WHERE band_before IS NOT NULL GROUP BY ALL"))
    assert shown.keys() == expected.keys() == {"HOT", "WARM", "COLD"}
    assert all(math.isclose(shown[band], expected[band], rel_tol=1e-9) for band in expected)


def test_probability_and_outcome_are_those_of_the_report(boards):
    reliability = Model.read(FOLDER.parents[1] / "models" / "report" / "reliability.sql")
    asked = Asked(datetime.datetime(2025, 1, 31, 23, 59, 59, 999999), datetime.date(2024, 1, 1), datetime.date(2025, 1, 31))
    report = boards.leadlake("query", "--lake", boards.folder, reliability.sql(asked))
    expected = [(row["bin"] * 10, row["decided"], row["predicted"], row["observed"]) for row in report]
    shown = boards.ask(
        "SELECT percent_from, sum(decided), sum(probability_before) / sum(decided), sum(converted) / sum(decided) "
        "FROM scores WHERE band_before IS NOT NULL GROUP BY ALL"
    )
    assert len(shown) > 3
    for mine, other in zip(sorted(shown), sorted(expected), strict=True):
        assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(mine, other, strict=True)), (mine, other)


def test_every_lead_is_in_each_count_of_leads(boards):
    [(leads, converted, score)] = boards.ask(
        "SELECT count(*), count_if(converted), CAST(sum(final_score) AS double) FROM gold_lead_scores"
    )
    assert leads > 500 and converted > 50
    for data_set, total in [("scores", "sum(final_score)"), ("conversion_metrics", "sum(score_total)")]:
        [found] = boards.ask(f"SELECT sum(leads), sum(converted), {total} FROM {data_set}")
        assert found[:2] == (leads, converted), data_set
        assert math.isclose(found[2], score, rel_tol=1e-9), data_set
    rules = boards.ask("SELECT rule, sum(conversions) FROM attribution GROUP BY rule ORDER BY rule")
    assert rules == [("first_touch_30_days", converted), ("last_touch_7_days", converted)]
    assert boards.ask("SELECT count(*) FROM scores WHERE final_score < score_from OR final_score >= score_from + 20") == [(0,)]
