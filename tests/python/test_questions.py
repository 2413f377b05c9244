"""The questions that a deployment lays ready in Athena: each runs as it stands, and asks what its model asks."""

import datetime
import json
import pathlib
import re
import subprocess

import pytest
import sqlglot
from model_lakes import JANUARY
from sql_models import IN_DUCKDB, KPIS, TABLES, Asked, assert_same, shipped
from sqlglot import exp

ROOT = pathlib.Path(__file__).parents[2]
ANEW = ", computed anew"

# The thirty days up to the end of January are what a question of that day is about.
ASKED = Asked(JANUARY.as_of, JANUARY.to_day - datetime.timedelta(29), JANUARY.to_day)


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def questions():
    """As they are written into the template, by name."""
    infra = run(ROOT / "tools" / "infra-env.sh").strip()
    script = "JSON.stringify(require(process.argv[1]).questionsOf(process.argv[2]))"
    told = json.loads(run("node", "--print", script, f"{infra}/build/lib/catalog/question_text.js", ROOT))
    named = {question["name"]: question for question in told}
    assert len(named) == len(told)
    return named


def question_of(questions, model):
    """The one that computes a model anew: its text begins with the model's header."""
    [found] = [question for question in questions.values() if question["sql"].startswith(f"-- {model.title}\n")]
    return found


def on_the_last_of_january(sql):
    """The same, asked on the day that the test's lakes end with."""
    on_that_day = sql.replace("current_timestamp AT TIME ZONE 'UTC'", f"TIMESTAMP '{JANUARY.as_of}'")
    return on_that_day.replace("current_date", f"DATE '{JANUARY.to_day}'")


def test_every_model_can_be_asked_anew_and_what_gold_keeps_can_be_read(questions):
    anew = [question_of(questions, model)["name"] for model in shipped().values()]
    kept = [name.removesuffix(ANEW) for name in anew if name.endswith(ANEW)]
    assert sorted(anew + kept) == sorted(questions)
    assert len(kept) == len(KPIS) + 3 and len(anew) == len(KPIS) + len(TABLES)


def test_a_question_is_one_query_of_athena_that_needs_nothing_filled_in(questions):
    for name, question in questions.items():
        [tree] = sqlglot.parse(question["sql"], read="athena")
        assert isinstance(tree, exp.Query), name
        assert not tree.find(exp.Parameter, exp.Placeholder), name
        assert not re.search(r":[a-z_]", question["sql"]), name


@pytest.mark.parametrize("name", shipped())
def test_a_question_answers_as_its_model_does(questions, answers, name):
    model = shipped()[name]
    lake = answers.in_duckdb("generated")
    question = question_of(questions, model)["sql"]

    def answer(sql):
        [sql] = sqlglot.transpile(sql, read="athena", write="duckdb")
        return lake.connection.execute(sql)

    today = answer(question).description
    assert {column[0]: str(column[1]) for column in today} == {n: IN_DUCKDB[t] for n, t in model.columns.items()}
    rows = answer(on_the_last_of_january(question)).fetchall()
    assert rows
    assert_same(rows, lake.answer(model, ASKED), model)


def test_what_gold_keeps_is_read_as_it_was_kept(questions, leadlake, tmp_path):
    leadlake("generate", tmp_path, "--events", "3000", "--days", "31", "--seed", "5")
    leadlake("run", "--lake", tmp_path, "--as-of", "2025-01-31")
    for model in shipped().values():
        name = question_of(questions, model)["name"]
        if not name.endswith(ANEW):
            continue
        kept = questions[name.removesuffix(ANEW)]["sql"]
        leadlake("query", "--lake", tmp_path, kept)
        rows = leadlake("query", "--lake", tmp_path, on_the_last_of_january(kept))
        table, where = "gold_kpi", f"kpi = '{model.name}' AND is_latest AND date >= DATE '{ASKED.from_day}'"
        if model.name not in KPIS:
            table, where = f"gold_{model.name}", "true"
        [counted] = leadlake("query", "--lake", tmp_path, f"SELECT count(*) AS n FROM {table} WHERE {where}")
        assert len(rows) == counted["n"] > 0, name
