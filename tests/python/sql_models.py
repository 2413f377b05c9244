"""SQL models: what their headers say, what they ask, and what an engine that is not ours answers."""

import dataclasses
import datetime
import decimal
import json
import math
import pathlib
import re

import sqlglot
from readers import database

FOLDER = pathlib.Path(__file__).parents[2] / "models"

KPIS = [
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
]

TABLES = {
    "conversion_metrics",
    "attribution",
    "sales_dashboard",
    "funnel",
    "quarantine",
    "quarantine_samples",
    "score_bands",
    "reliability",
    "sources",
    "freshness",
}

COLUMN = re.compile(r"([a-z][a-z0-9_]*) +(string|bigint|double|boolean|date|timestamp|decimal\(\d+,\d+\)) +(\S.*)")

IN_DUCKDB = {
    "string": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "decimal(18,2)": "DECIMAL(18,2)",
    "decimal(38,2)": "DECIMAL(38,2)",
    "map<string,bigint>": "MAP(VARCHAR, BIGINT)",
}

PEOPLE = ["silver/leads", "silver/lead_events", "silver/lead_history", "gold/lead_scores"]

LEDGER = {
    "object_key": "string",
    "arrived_at": "timestamp",
    "completed_at": "timestamp",
    "records": "bigint",
    "accepted": "bigint",
    "refused": "bigint",
    "duplicate": "bigint",
    "refused_by_code": "map<string,bigint>",
    "invalid_by_field": "map<string,bigint>",
    "missing_by_field": "map<string,bigint>",
    "drifted_by_field": "map<string,bigint>",
    "source": "string",
    "dt": "date",
}

QUARANTINE = {
    "code": "string",
    "path": "string",
    "expected": "string",
    "actual": "string",
    "object_key": "string",
    "object_line": "bigint",
    "byte_offset": "bigint",
}


@dataclasses.dataclass(frozen=True)
class Asked:
    as_of: datetime.datetime
    from_day: datetime.date
    to_day: datetime.date

    def days(self):
        return [self.from_day + datetime.timedelta(days) for days in range((self.to_day - self.from_day).days + 1)]


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    title: str
    question: str
    grain: str
    columns: dict
    query: str

    @classmethod
    def read(cls, path):
        """The model, when its header is exactly as headers are."""
        lines = path.read_text().splitlines()
        [end] = [number for number, line in enumerate(lines) if re.match("(WITH|SELECT) ", line)][:1]
        assert all(re.fullmatch("--|-- .*", line) for line in lines[:end]), path
        paragraphs = [part.split("\n") for part in "\n".join(line[3:] for line in lines[:end]).split("\n\n")]
        [[title, *question], [grain, *more], columns] = paragraphs
        assert grain.startswith("Grain: ") and question, path
        columns = [COLUMN.fullmatch(column).groups() for column in columns]
        named = {name: data_type for name, data_type, _ in columns}
        assert len(named) == len(columns), path
        grain = " ".join([grain.removeprefix("Grain: "), *more])
        return cls(named_by(path), title, " ".join(question), grain, named, "\n".join(lines[end:]))

    def sql(self, asked):
        values = {
            "as_of": f"TIMESTAMP '{asked.as_of:%Y-%m-%d %H:%M:%S.%f}'",
            "from_day": f"DATE '{asked.from_day}'",
            "to_day": f"DATE '{asked.to_day}'",
        }
        return re.sub(r":([a-z_]+)", lambda found: values[found[1]], self.query)


def named_by(path):
    return re.sub(r"^\d\d_", "", path.stem)


def shipped():
    paths = sorted(FOLDER.glob("kpi/*.sql")) + sorted(FOLDER.glob("*.sql")) + sorted(FOLDER.glob("report/*.sql"))
    return {named_by(path): Model.read(path) for path in paths}


class LakeInDuckDb:
    """The tables that models read, found in a lake's files by nothing of ours."""

    def __init__(self, folder):
        self.connection = database()
        for table in PEOPLE:
            self.add_version(folder, table)
        self.add_ledger(folder)
        self.add_quarantine(folder)

    def add_version(self, folder, table):
        log = folder / table / "_log"
        current = json.loads(max(log.glob("*.json")).read_text())["current"]
        content = json.loads((log / f"{current:08}.json").read_text())["content"]
        columns = {column["name"]: column["type"] for column in content["schema"]["columns"]}
        flat = {name: IN_DUCKDB[data_type] for name, data_type in columns.items() if "<" not in data_type}
        files = [str(folder / file["key"]) for file in content["files"]]
        if files:
            rows = f"read_parquet({files}, hive_partitioning=false)"
            cells = [f'CAST("{name}" AS {data_type}) AS "{name}"' for name, data_type in flat.items()]
        else:
            rows = "(SELECT 1 WHERE false)"
            cells = [f'CAST(NULL AS {data_type}) AS "{name}"' for name, data_type in flat.items()]
        view = table.replace("/", "_")
        self.connection.execute(f"CREATE VIEW {view} AS SELECT {', '.join(cells)} FROM {rows}")

    def add_ledger(self, folder):
        self.create("ops_ledger", LEDGER)
        for path in folder.glob("ledger/*/dt=*/*.json"):
            entry = json.loads(path.read_text())
            counts = entry["counts"]
            times = [datetime.datetime.fromisoformat(entry[time]) for time in ("arrived_at", "completed_at")]
            numbers = [counts["input"], counts["accepted"], sum(counts["refused"].values()), counts["duplicate"]]
            maps = [json.dumps(counts[part]) for part in ("refused", "invalid", "missing", "drifted")]
            self.connection.execute(
                "INSERT INTO ops_ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?::JSON, ?::JSON, ?::JSON, ?::JSON, ?, ?)",
                [entry["object_key"], *times, *numbers, *maps, entry["source"], entry["dt"]],
            )

    def add_quarantine(self, folder):
        cells = ", ".join([*QUARANTINE, "original", "source", "CAST(dt AS DATE) AS dt"])
        files = f"{folder}/quarantine/*/dt=*/*.parquet"
        if any(folder.glob("quarantine/*/dt=*/*.parquet")):
            self.connection.execute(
                f"CREATE VIEW quarantine_records AS SELECT {cells} FROM (SELECT *, split_part(filename, '/', -3) AS source "
                f"FROM read_parquet('{files}', hive_partitioning=true, filename=true))"
            )
        else:
            self.create("quarantine_records", QUARANTINE | {"source": "string", "dt": "date"})
            self.connection.execute("ALTER TABLE quarantine_records ADD COLUMN original BLOB")

    def create(self, table, columns):
        described = ", ".join(f"{name} {IN_DUCKDB[data_type]}" for name, data_type in columns.items())
        self.connection.execute(f"CREATE TABLE {table} ({described})")

    def rows(self, table):
        """All rows of a table, each under the names of its columns."""
        answer = self.connection.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def answer(self, model, asked):
        """What the model's SQL comes to, when it has the columns of the header."""
        [sql] = sqlglot.transpile(model.sql(asked), read="athena", write="duckdb")
        answer = self.connection.execute(sql)
        found = {column[0]: str(column[1]) for column in answer.description}
        assert found == {name: IN_DUCKDB[data_type] for name, data_type in model.columns.items()}, model.name
        return answer.fetchall()


PYTHON = {
    "string": str,
    "bigint": int,
    "double": float,
    "boolean": bool,
    "date": datetime.date.fromisoformat,
    "timestamp": lambda text: datetime.datetime.fromisoformat(text).replace(tzinfo=None),
    "decimal(18,2)": decimal.Decimal,
}

# What JSON has for them.
IN_JSON = {"bigint": int, "double": (int, float), "boolean": bool}


def ask_leadlake(leadlake, folder, model, asked):
    """What leadlake answers to the model as it stands in its file, when it has the columns of the header."""
    answer = leadlake("query", "--lake", folder, model.sql(asked))
    return [tuple(cell(row, model, name) for name in model.columns) for row in answer]


def cell(row, model, name):
    assert list(row) == list(model.columns), model.name
    value, data_type = row[name], model.columns[name]
    if value is None:
        return None
    assert isinstance(value, IN_JSON.get(data_type, str)), f"{model.name}.{name}: {value!r}"
    return PYTHON[data_type](value)


def assert_same(rows, others, model):
    """Two engines' answers to a model, in whatever order they gave them."""
    assert len(rows) == len(others), model.name
    for row, other in zip(in_order(rows, model), in_order(others, model), strict=True):
        assert is_same(row, other), f"{model.name}: {row}, and {other}"


def in_order(rows, model):
    """Ordered by what is exact first, so that a digit that differs moves nothing."""
    exact = [place for place, data_type in enumerate(model.columns.values()) if data_type != "double"]
    return sorted(rows, key=lambda row: ([str(row[place]) for place in exact], [str(cell) for cell in row]))


def is_same(mine, other):
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(mine, other, strict=True)
    )
