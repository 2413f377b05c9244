"""The marts of the warehouse: SQL of Redshift, asked of a lake by an engine that is not Redshift and counted again by loops."""

import datetime
import json
import math
import re
from collections import Counter, defaultdict

import pyarrow.parquet as pq
import pytest
import sqlglot
import yaml
from conftest import ROOT, Lake
from readers import database
from sqlglot import exp

FOLDER = ROOT / "infra" / "warehouse"
FILLED = {"glue_database": "leadlake_dev", "lake_role": "arn:aws:iam::1:role/lake", "features_role": "arn:aws:iam::1:role/features"}
# Redshift's own, which the parser knows by their first word only.
OF_REDSHIFT = (r"CREATE EXTERNAL SCHEMA IF NOT EXISTS \w+\s+FROM DATA CATALOG\s+DATABASE '\w+'\s+IAM_ROLE '[\w:/]+'", r"CREATE ROLE \w+")
MARTS = {"kpi", "kpi_daily", "lead_scores", "score_bands", "source_performance"}
LAKE = ["gold/kpi", "gold/lead_scores", "gold/conversion_metrics", "gold/attribution"]
PERSONAL = {"email", "emails", "phone", "phones", "name", "crm_id", "crm_ids", "city"}
JANUARY = "2025-01-31"


def statements():
    """Of each file, in order."""
    found = []
    for path in sorted(FOLDER.glob("*.sql")):
        text = re.sub(r"\{\{(\w+)\}\}", lambda placeholder: FILLED[placeholder[1]], path.read_text())
        found += [(path.stem, tree) for tree in sqlglot.parse(text, read="redshift") if tree is not None]
    return found


STATEMENTS = statements()


def views():
    """The queries of the views, in the order in which they are made."""
    made = [tree for _, tree in STATEMENTS if isinstance(tree, exp.Create) and tree.kind == "VIEW"]
    return {view.this.name: view.expression for view in made}


def entries_of_maps(query):
    """What stands in FROM as row.map, where row is the alias of a table."""
    tables = list(query.find_all(exp.Table))
    return [table for table in tables if table.db and table.db in {other.alias for other in tables}]


def without_maps(query):
    """Such entries in words of DuckDB."""
    query = query.copy()
    for table in entries_of_maps(query):
        unnested = f"(SELECT unnest(map_entries({table.db}.{table.name})) AS entry)"
        entries = sqlglot.parse_one(f"SELECT entry.key AS key, entry.value AS value FROM {unnested}", read="duckdb")
        table.replace(exp.Subquery(this=entries, alias=exp.TableAlias(this=exp.to_identifier(table.alias))))
    return query


class Warehouse:
    """The views over a lake's files, as Glue's tables would have them."""

    def __init__(self, folder):
        self.folder = folder
        self.connection = database()
        self.connection.execute("CREATE SCHEMA lake; CREATE SCHEMA mart")
        for table in LAKE:
            self.connection.execute(f"CREATE VIEW lake.{table.replace('/', '_')} AS SELECT * FROM read_parquet({self.files(table)})")
        for name, query in views().items():
            sql = without_maps(query).sql(dialect="duckdb")
            self.connection.execute(f"CREATE VIEW mart.{name} AS {sql}")

    def files(self, table):
        log = self.folder / table / "_log"
        current = json.loads(max(log.glob("*.json")).read_text())["current"]
        content = json.loads((log / f"{current:08}.json").read_text())["content"]
        return [str(self.folder / file["key"]) for file in content["files"]]

    def rows(self, table):
        """Of the lake, read by pyarrow."""
        return [row for file in self.files(table) for row in pq.ParquetFile(file).read().to_pylist()]

    def ask(self, sql):
        answer = self.connection.execute(sql)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def mart(self, name):
        return self.ask(f"SELECT * FROM mart.{name}")


@pytest.fixture(scope="module")
def lake(leadlake, tmp_path_factory):
    """A month of leads. A source that came late has made cuts of days before."""
    lake = Lake(tmp_path_factory.mktemp("warehouse") / "lake")
    leadlake("generate", lake.folder, "--events", "8000", "--days", "31", "--seed", "7")
    late = lake.folder / "bronze" / "online"
    late.rename(lake.folder / "online")
    leadlake("run", "--lake", lake.folder, "--as-of", "2025-01-30")
    (lake.folder / "online").rename(late)
    leadlake("run", "--lake", lake.folder, "--as-of", JANUARY)
    return lake


@pytest.fixture(scope="module")
def warehouse(lake):
    return Warehouse(lake.folder)


@pytest.fixture(scope="module")
def settings():
    return yaml.safe_load((ROOT / "kpi.yaml").read_text())["kpis"]


def test_each_statement_is_one_of_redshift():
    assert {name for name, _ in STATEMENTS} == {path.stem for path in FOLDER.glob("*.sql")}
    for name, tree in STATEMENTS:
        if isinstance(tree, exp.Command):
            assert any(re.fullmatch(form, tree.sql(comments=False)) for form in OF_REDSHIFT), f"{name}: {tree.sql()}"


def test_each_mart_is_made_anew_explained_and_granted_in_its_own_file():
    assert views().keys() == MARTS
    for name in MARTS:
        [file] = [stem for stem, tree in STATEMENTS if isinstance(tree, exp.Create) and tree.this.name == name]
        drop, create, comment, grant = [tree for stem, tree in STATEMENTS if stem == file]
        assert isinstance(drop, exp.Drop) and drop.args["exists"] and drop.find(exp.Table).sql() == f"mart.{name}"
        assert create.sql(dialect="redshift").endswith("WITH NO SCHEMA BINDING")
        assert isinstance(comment, exp.Comment) and comment.this.sql() == f"mart.{name}" and len(comment.expression.name) > 40
        assert grant.sql(dialect="redshift") == f"GRANT SELECT ON mart.{name} TO ROLE analyst, ROLE scientist"


def test_views_keep_to_what_spectrum_can_do_with_maps():
    assert entries_of_maps(views()["kpi"])
    for name, query in views().items():
        for entries in entries_of_maps(query):
            subquery = entries.find_ancestor(exp.Select)
            assert isinstance(subquery.parent, exp.Subquery) and subquery.args["from_"].this is entries and not subquery.args.get("joins")
            assert [isinstance(projection, exp.AggFunc) for projection in subquery.selects] == [True], f"{name}: one value, always"
            outer = [column.sql() for column in subquery.find_all(exp.Column) if column.table != entries.alias]
            assert not outer, f"{name}: the outer row may stand in FROM only, not as {outer}"


def test_views_name_their_columns_and_schemas_and_use_no_filter():
    for name, query in views().items():
        named = {cte.alias for cte in query.find_all(exp.CTE)}
        for table in set(query.find_all(exp.Table)) - set(entries_of_maps(query)):
            assert table.db in ("lake", "mart") or table.name in named, f"{name}: {table.sql()}"
        assert all(isinstance(star.parent, exp.Count) for star in query.find_all(exp.Star)), name
        assert not query.find(exp.Filter), f"{name}: Redshift has no FILTER"


def test_no_mart_tells_who_somebody_is(warehouse):
    people = warehouse.rows("silver/leads")
    known = {person[column] for person in people for column in ("email", "phone", "name") if person[column]}
    known |= {value for person in people for column in ("emails", "phones", "crm_ids") for value in person[column]}
    assert len(known) > 3000
    for name in MARTS:
        rows = warehouse.mart(name)
        assert rows and not PERSONAL & rows[0].keys(), name
        told = {cell for row in rows for cell in row.values() if isinstance(cell, str)}
        assert not told & known, name
        assert not any("@" in cell for cell in told), name


def latest(warehouse):
    """The last cut of each value, found by comparing cuts."""
    found = {}
    for row in warehouse.rows("gold/kpi"):
        dimensions = dict(row["dimensions"])
        key = (row["kpi"], row["measure"], frozenset(dimensions.items()), row["date"])
        if key not in found or found[key]["cut"] < row["cut"]:
            found[key] = row | {"dimensions": dimensions}
    return found


def test_kpi_has_each_value_once_as_of_its_last_cut(warehouse, settings):
    rows = warehouse.mart("kpi")
    expected = latest(warehouse)
    assert len(rows) == len(expected) > 3000
    assert len(expected) < len(warehouse.rows("gold/kpi")), "no value has two cuts, so this proves nothing"
    told_apart = Counter()
    for row in rows:
        dimensions = {name: row[name] for name in ("source", "field", "band") if row[name] is not None}
        was = expected[row["kpi"], row["measure"], frozenset(dimensions.items()), row["day"]]
        assert row["dimensions"] == len(dimensions) == len(was["dimensions"])
        assert row["is_headline"] == (settings[row["kpi"]]["headline"]["measure"] == row["measure"])
        assert list(settings).index(row["kpi"]) + 1 == row["number"]
        for name in ("value", "numerator", "denominator", "state", "cut", "change", "changed_because", "detail", "as_of", "model_version"):
            assert row[name] == was[name], (name, row)
        told_apart[tuple(dimensions)] += 1
    assert told_apart.keys() == {(), ("source",), ("field",), ("source", "field"), ("band",)}


def test_kpi_daily_is_what_leadlake_tells_of_each_day(warehouse, leadlake, lake, settings):
    told = {}
    for kpi in leadlake("kpi", "--lake", lake.folder)["kpis"]:
        for day in kpi["trend"]:
            told[kpi["name"], datetime.date.fromisoformat(day["day"])] = (kpi["headline"]["measure"], day["value"])
    rows = {(row["kpi"], row["day"]): row for row in warehouse.mart("kpi_daily")}
    assert len(rows) == len(warehouse.mart("kpi_daily"))
    assert {kpi for kpi, _ in rows} == set(settings)
    compared = 0
    for key, row in rows.items():
        headline = settings[key[0]]["headline"]
        assert (row["measure"], row["unit"], row["better"]) == (headline["measure"], headline["unit"], headline["better"])
        assert row["day_is_over"] or key[1] == datetime.date.fromisoformat(JANUARY)
        if key in told and not (key[0] == "high_intent_lead_ratio" and key[1].isoformat() != JANUARY):
            measure, value = told[key]
            assert measure == row["measure"]
            assert value is row["value"] is None or math.isclose(value, row["value"], rel_tol=1e-9), (key, value, row["value"])
            compared += 1
    assert compared > 250
    assert any(row["was_corrected"] for row in rows.values())


def test_lead_scores_have_what_was_foretold_beside_what_became_of_it(warehouse):
    expected = {lead["lead_id"]: lead for lead in warehouse.rows("gold/lead_scores")}
    rows = warehouse.mart("lead_scores")
    assert len(rows) == len(expected) > 1000
    renamed = {
        "band": "lead_category",
        "days_to_conversion": "conversion_days",
        "band_before_outcome": "category_before_outcome",
    }
    for row in rows:
        lead = expected[row.pop("lead_id")]
        assert row.pop("decided") == (lead["decided_at"] is not None)
        assert row.pop("first_touch_source") == (lead["first_touch_source"] or "none")
        assert row == {name: lead[renamed.get(name, name)] for name in row}
    decided = [row for row in rows if row["decided_at"]]
    assert decided and all(row["band_before_outcome"] and row["probability_before_outcome"] is not None for row in decided)
    assert any(row["days_to_conversion"] is not None for row in rows)


def test_score_bands_are_counted_from_the_leads(warehouse):
    bands = defaultdict(list)
    for lead in warehouse.rows("gold/lead_scores"):
        if lead["category_before_outcome"] is not None:
            bands[lead["category_before_outcome"]].append(lead)
    everybody = [lead for leads in bands.values() for lead in leads]
    overall = sum(lead["converted"] for lead in everybody) / len(everybody)
    rows = warehouse.ask("SELECT * FROM mart.score_bands ORDER BY band_order")
    assert [row["band"] for row in rows] == ["HOT", "WARM", "COLD"] and 0 < overall < 1
    for row in rows:
        leads = bands[row["band"]]
        won = [lead for lead in leads if lead["converted"]]
        days = [lead["conversion_days"] for lead in leads if lead["conversion_days"] is not None]
        assert (row["decided"], row["converted"]) == (len(leads), len(won))
        assert math.isclose(row["conversion_rate"], len(won) / len(leads))
        assert math.isclose(row["lift"], len(won) / len(leads) / overall)
        assert math.isclose(row["foretold_rate"], sum(lead["probability_before_outcome"] for lead in leads) / len(leads))
        assert math.isclose(row["average_days_to_conversion"], sum(days) / len(days))


def test_source_performance_keeps_every_lead_and_every_conversion(warehouse):
    metrics = {(row["day"], row["source"]): row for row in warehouse.rows("gold/conversion_metrics")}
    credited = {(row["model"], row["day"], row["source"]): row for row in warehouse.rows("gold/attribution")}
    rows = {(row["day"], row["source"]): row for row in warehouse.mart("source_performance")}
    assert rows.keys() == metrics.keys() | {(day, source) for _, day, source in credited}
    assert len(rows) == len(warehouse.mart("source_performance")) > len(metrics), "no conversion stands alone, so this proves little"
    for key, row in rows.items():
        leads = metrics.get(key)
        assert row["leads"] == (leads["total_leads"] if leads else 0)
        assert row["hot_leads"] == (leads["hot_leads"] if leads else 0)
        assert row["converted_leads"] == (leads["converted_leads"] if leads else 0)
        for name in ("conversion_rate", "average_score"):
            assert row[name] is None if leads is None else math.isclose(row[name], leads[name], abs_tol=1e-9)
        assert math.isclose(row["revenue_of_leads"], leads["revenue"] if leads else 0)
        for rule, model in (("first_touch", "first_touch_30_days"), ("last_touch", "last_touch_7_days")):
            credit = credited.get((model, *key), {"conversions": 0, "revenue": 0})
            assert row[f"{rule}_conversions"] == credit["conversions"]
            assert math.isclose(row[f"{rule}_revenue"], credit["revenue"])
    for rule in ("first_touch", "last_touch"):
        assert sum(row[f"{rule}_conversions"] for row in rows.values()) == sum(row["converted_leads"] for row in rows.values())
