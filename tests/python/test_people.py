"""People and scores, counted again by SQL that is not ours, from silver alone."""

import datetime
import json

import pytest
from readers import database

# The starting rule and the weights of sources in scoring.yaml, written down a second time.
RULE = """
WITH events AS (
    SELECT 'roadshow' AS source, event_id, event_time, email, phone, email_is_disposable,
           NULL::BIGINT AS minutes, NULL::BIGINT AS timeframe
    FROM read_parquet('{lake}/silver/roadshow/*/*.parquet')
    UNION ALL
    SELECT 'webinar', event_id, event_time, email, NULL, email_is_disposable, duration_minutes, NULL
    FROM read_parquet('{lake}/silver/webinar/*/*.parquet')
    UNION ALL
    SELECT 'online', event_id, event_time, email, phone, email_is_disposable, NULL, purchase_timeframe_days
    FROM read_parquet('{lake}/silver/online/*/*.parquet')
    UNION ALL
    SELECT 'crm', event_id, event_time, email, phone, email_is_disposable, NULL, NULL
    FROM read_parquet('{lake}/silver/crm/*/*.parquet')
    UNION ALL
    SELECT 'transactions', event_id, event_time, email, phone, email_is_disposable, NULL, NULL
    FROM read_parquet('{lake}/silver/transactions/*/*.parquet')
),
once AS (
    SELECT DISTINCT ON (source, event_id) * FROM events WHERE event_time <= TIMESTAMPTZ '{as_of}'
),
owners AS (
    SELECT phone, any_value(email) AS email FROM once
    WHERE phone IS NOT NULL AND email IS NOT NULL
    GROUP BY phone HAVING count(DISTINCT email) = 1
),
whose AS (
    SELECT once.* EXCLUDE (email), coalesce(once.email, owners.email) AS person
    FROM once LEFT JOIN owners ON once.email IS NULL AND once.phone = owners.phone
),
longest AS (
    SELECT person, minutes,
           row_number() OVER (PARTITION BY person, event_time::DATE ORDER BY minutes DESC) AS place
    FROM whose WHERE minutes IS NOT NULL
),
engaged AS (SELECT person, sum(minutes) AS minutes FROM longest WHERE place <= 3 GROUP BY person),
facts AS (
    SELECT person,
           coalesce(max(CASE source WHEN 'roadshow' THEN 30 WHEN 'webinar' THEN 20 WHEN 'online' THEN 10 END), 0) AS weight,
           arg_max(timeframe, (event_time, source, event_id)) FILTER (timeframe IS NOT NULL) AS timeframe,
           arg_max(email_is_disposable, (event_time, source, event_id))
               FILTER (email_is_disposable IS NOT NULL) AS disposable
    FROM whose GROUP BY person
)
SELECT facts.person,
       weight::DECIMAL(18, 2) AS source_score,
       (1.5 * coalesce(engaged.minutes, 0))::DECIMAL(18, 2) AS engagement_score,
       (CASE WHEN timeframe BETWEEN 0 AND 30 THEN 30 ELSE 0 END
        - CASE WHEN disposable THEN 20 ELSE 0 END)::DECIMAL(18, 2) AS intent_score
FROM facts LEFT JOIN engaged ON engaged.person IS NOT DISTINCT FROM facts.person
"""

OURS = """
SELECT leads.email AS person, source_score, engagement_score, intent_score
FROM read_parquet('{scores}') AS scores JOIN read_parquet('{leads}') AS leads USING (lead_id)
"""

# The probability by score bands in scoring.yaml, as each lead's would have been just before it was decided.
BEFORE_OUTCOME = """
WITH decided AS (
    SELECT *, epoch_us(decided_at) AS moment,
           len(list_filter([0, 20, 40, 60, 80, 100, 140], lambda edge: edge <= score_before_outcome)) AS band
    FROM read_parquet('{scores}') WHERE decided_at IS NOT NULL
),
steps AS (
    SELECT moment, band, lead_id, 1 AS decided, 0 AS converted, probability_before_outcome AS told FROM decided
    UNION ALL
    SELECT epoch_us(converted_at), band, NULL, 0, 1, NULL FROM decided WHERE converted_at IS NOT NULL
),
earlier AS (
    SELECT lead_id, told,
           coalesce(sum(decided) OVER of_all, 0) AS all_decided, coalesce(sum(converted) OVER of_all, 0) AS all_converted,
           coalesce(sum(decided) OVER of_band, 0) AS decided, coalesce(sum(converted) OVER of_band, 0) AS converted
    FROM steps
    WINDOW of_all AS (ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           of_band AS (PARTITION BY band ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
expected AS (
    SELECT told, decided, (converted + 20 * (all_converted + 20 * 0.1::DOUBLE) / (all_decided + 20)) / (decided + 20) AS expected
    FROM earlier WHERE lead_id IS NOT NULL
)
SELECT count(*), count(DISTINCT decided), count(*) FILTER (told IS NULL OR abs(told - expected) > 1e-12),
       (SELECT count(*) FROM read_parquet('{scores}') WHERE (decided_at IS NULL) <> (probability_before_outcome IS NULL))
FROM expected
"""


@pytest.fixture(scope="module")
def scored(leadlake, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored") / "lake"
    leadlake("generate", folder, "--events", "30000", "--seed", "11")
    leadlake("ingest", "--lake", folder)
    report = leadlake("score", "--lake", folder)
    return folder, report, json.loads((folder / "generated.json").read_text())


def files(folder, table, version=None):
    """The files of a version, or of the current one, as the table's log names them."""
    log = folder / table / "_log"
    if version is None:
        version = json.loads(sorted(log.glob("*.json"))[-1].read_text())["current"]
    entry = json.loads((log / f"{version:08}.json").read_text())
    return [str(folder / file["key"]) for file in entry["content"]["files"]]


TABLES = {
    "leads": "silver/leads",
    "scores": "gold/lead_scores",
    "events": "silver/lead_events",
    "history": "silver/lead_history",
}


def ask(sql, folder, versions=None, **values):
    """Answers SQL in which '{leads}' stands for the files of that table."""
    for name, table in TABLES.items():
        sql = sql.replace("'{" + name + "}'", str(files(folder, table, (versions or {}).get(table))))
    return database().execute(sql.format(lake=folder, **values)).fetchall()


def test_people_conversions_and_duplicates_are_those_of_the_truth(scored):
    folder, report, truth = scored
    [[leads, converted, revenue]] = ask(
        "SELECT count(*), count(*) FILTER (converted), sum(revenue) FROM read_parquet('{leads}')", folder
    )
    assert (leads, converted) == (truth["people"], truth["people_converted"])
    assert revenue * 100 == truth["revenue_paise"]
    assert (report["leads"], report["converted"]) == (leads, converted)

    distinct = {name: source["distinct_events"] for name, source in truth["sources"].items()}
    counted = ask("SELECT source, count(*) FROM read_parquet('{events}') WHERE lead_id IS NOT NULL GROUP BY ALL", folder)
    assert dict(counted) == distinct
    accepted = sum(source["accepted"] for source in truth["sources"].values())
    assert report["rows_read"] == accepted
    across = sum(source["duplicates_across_objects"] for source in truth["sources"].values())
    assert accepted - report["events"] == across


@pytest.mark.parametrize("as_of", ["2026-01-01T00:00:00Z", "2025-01-20T12:00:00Z"])
def test_scores_are_those_of_the_rule(leadlake, scored, as_of):
    folder, _, _ = scored
    leadlake("score", "--lake", folder, "--as-of", as_of)
    report = leadlake("score", "--lake", folder, "--as-of", as_of, "--full")
    versions = report["versions"]
    expected = sorted(ask(RULE, folder, as_of=as_of))
    assert len(expected) == report["leads"] > 1_000
    assert sorted(ask(OURS, folder, versions)) == expected

    [[wrong]] = ask(
        """
        SELECT count(*) FROM read_parquet('{scores}')
        WHERE final_score <> source_score + engagement_score + intent_score
           OR final_score <> coalesce(list_sum(list_transform(reasons, lambda reason: reason.points)), 0)
           OR lead_category <> CASE WHEN final_score >= 80 THEN 'HOT' WHEN final_score >= 40 THEN 'WARM' ELSE 'COLD' END
           OR conversion_probability NOT BETWEEN 0.0001 AND 0.9999
        """,
        folder,
        versions,
    )
    assert wrong == 0


@pytest.mark.parametrize("as_of", ["2026-01-01T00:00:00Z", "2025-01-20T12:00:00Z"])
def test_the_probability_before_the_outcome_knows_earlier_decisions_only(leadlake, scored, as_of):
    folder, _, _ = scored
    versions = leadlake("score", "--lake", folder, "--as-of", as_of)["versions"]
    [[decided, different_bases, wrong, misplaced]] = ask(BEFORE_OUTCOME, folder, versions)
    assert decided > 100 and different_bases > 100
    assert (wrong, misplaced) == (0, 0)


def test_every_event_says_what_it_counts_as(scored):
    folder, _, truth = scored
    kinds = ask(
        """
        SELECT kind, source IN ('crm', 'transactions'), count(*) FROM read_parquet('{events}')
        WHERE kind = CASE WHEN outcome IS NOT NULL THEN 'outcome' WHEN transaction_id IS NOT NULL THEN 'purchase' ELSE 'touch' END
          AND lead_id IS NOT NULL
        GROUP BY ALL ORDER BY ALL
        """,
        folder,
    )
    distinct = {name: source["distinct_events"] for name, source in truth["sources"].items()}
    touches = distinct["roadshow"] + distinct["webinar"] + distinct["online"]
    assert kinds == [
        ("outcome", True, distinct["crm"]), ("purchase", True, distinct["transactions"]), ("touch", False, touches)
    ]


def test_history_says_what_was_known_on_a_day(scored):
    folder, _, _ = scored
    day = datetime.date(2025, 1, 15)
    then = ask(
        f"""
        SELECT history.lead_id, history.events FROM read_parquet('{{history}}') AS history
        WHERE valid_from <= DATE '{day}' AND (valid_to IS NULL OR valid_to > DATE '{day}')
        """,
        folder,
    )
    counted = ask(
        f"SELECT lead_id, count(*) FROM read_parquet('{{events}}') WHERE lead_id IS NOT NULL AND dt <= DATE '{day}' GROUP BY ALL",
        folder,
    )
    assert sorted(then) == sorted(counted) and len(then) > 100
    today = ask("SELECT lead_id, events, email FROM read_parquet('{history}') WHERE is_current", folder)
    assert sorted(today) == sorted(ask("SELECT lead_id, events, email FROM read_parquet('{leads}')", folder))


def test_every_value_stands_in_the_event_it_is_said_to_be_from(scored):
    folder, _, _ = scored
    [[leads, right]] = ask(
        """
        SELECT count(*), count(*) FILTER (events.city = leads.city)
        FROM read_parquet('{leads}') AS leads
        JOIN read_parquet('{events}') AS events
          ON events.lead_id = leads.lead_id AND events.source || '/' || events.event_id = leads.city_event
        WHERE leads.city IS NOT NULL
        """,
        folder,
    )
    [[with_city]] = ask("SELECT count(*) FROM read_parquet('{leads}') WHERE city IS NOT NULL", folder)
    assert leads == right == with_city > 1_000


@pytest.mark.parametrize(
    "table", ["silver/lead_aliases", "silver/lead_joins", "features/leads", "gold/lead_scores"]
)
def test_whoever_may_not_see_people_sees_no_address_and_no_phone(scored, table):
    folder, _, _ = scored
    named = files(folder, table)
    assert named
    for file in named:
        relation = database().from_parquet(file)
        texts = [name for name, kind in zip(relation.columns, relation.types, strict=True) if str(kind) == "VARCHAR"]
        assert texts
        for column in texts:
            told = relation.filter(f"\"{column}\" LIKE '%@%' OR regexp_matches(\"{column}\", '[+]91[0-9]{{5}}')").count("*").fetchall()
            assert told == [(0,)], f"{table}.{column}"
