"""The CLI on a lake in S3 does what it does in a folder."""

import pytest
from deployment import DATABASE, Deployment

ROOM = "s3://cli-lake/rooms/one"


@pytest.fixture(scope="module")
def lakes(account, leadlake, tmp_path_factory):
    """The same events in a folder and in a bucket."""
    folder = tmp_path_factory.mktemp("cli") / "lake"
    deployment = Deployment(account, "cli", ROOM)
    cli = leadlake.on(account)
    for lake in (folder, ROOM):
        cli("generate", lake, "--events", "1000", "--days", "12", "--seed", "4")
    return cli, folder, deployment


def both(lakes, *arguments):
    cli, folder, _ = lakes
    return [cli(*arguments, "--lake", lake) for lake in (folder, ROOM)]


def test_a_lake_in_a_bucket_is_that_of_a_folder(lakes):
    cli, folder, deployment = lakes
    raw = sorted(path.relative_to(folder).as_posix() for path in (folder / "bronze").rglob("*.*"))
    assert sorted(deployment.keys("bronze/")) == raw
    both(lakes, "ingest")
    counts = "SELECT source, sum(records) AS records, sum(accepted) AS accepted, sum(refused) AS refused, sum(duplicate) AS duplicate"
    here, there = both(lakes, "query", f"{counts} FROM ops_ledger GROUP BY source ORDER BY source")
    assert here == there and len(here) == 5
    both(lakes, "score", "--as-of", "2025-01-31")
    # Ids of people are hashes under each lake's own salt, so they are left out.
    scores = "SELECT final_score, lead_category, why, outcome, source FROM gold_lead_scores ORDER BY 1, 2, 3, 4, 5"
    here, there = both(lakes, "query", scores)
    assert here == there and len(here) > 100
    both(lakes, "gold")
    values = "SELECT kpi, measure, date, round(value, 9) AS value FROM gold_kpi WHERE kpi NOT IN ('processing_latency') ORDER BY 1, 2, 3, 4"
    here, there = both(lakes, "query", values)
    assert here == there and len(here) > 100
    both(lakes, "verify")


def test_backfill_and_sync(lakes, account):
    """What a queue was told of reaches the function; Athena then sees it without a scheduled run."""
    cli, _, deployment = lakes
    refine = deployment.add_refine("all")
    before = {entry["object_key"]: entry["completed_at"] for entry in deployment.ledger()}
    asked = ["--lake", ROOM, "--queue", refine.queue.url, "--source", "webinar"]
    assert cli("backfill", *asked)["sent"] == 0
    assert cli("backfill", *asked, "--force")["sent"] == len([key for key in before if "/webinar/" in key]) > 0
    deployment.wait_until_worked_off(refine, 60)
    after = {entry["object_key"]: entry["completed_at"] for entry in deployment.ledger()}
    assert after.keys() == before.keys()
    assert {key for key in after if after[key] != before[key]} == {key for key in before if "/webinar/" in key}

    cli("catalog", "sync", "--lake", ROOM, "--database", deployment.database)
    assert deployment.database.startswith(DATABASE)
    [found] = account.ask_athena("SELECT count(DISTINCT object_key) AS n FROM silver_webinar", deployment.database)
    assert int(found["n"]) == len([key for key in before if "/webinar/" in key])


def test_what_is_wrong_is_said_in_words(lakes, account):
    cli, _, _ = lakes
    ended = cli.run("query", "--lake", "s3://no-such-lake-here", "SELECT 1 FROM silver_webinar")
    assert ended.returncode != 0
    assert "no-such-lake-here" in ended.stderr and "NoSuchBucket" in ended.stderr, ended.stderr
