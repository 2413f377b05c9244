"""What RUNBOOK.md says about what was deleted or damaged, done as it says: afterwards the lake is what it was."""

import pytest
from deployment import Deployment

LAKE = "s3://restored-lake/rooms/one"
SOURCE = "webinar"
WITHOUT_A_CATALOG = ("ingest", "backfill")


class Restored(Deployment):
    """A lake in a bucket that keeps versions, scored twice."""

    def __init__(self, account, leadlake):
        super().__init__(account, "restored", LAKE)
        self.cli = leadlake.on(account)
        self.refine = self.add_refine("all")
        self.cli("generate", LAKE, "--events", "60", "--days", "1", "--seed", "5")
        self.do("ingest")
        for _ in range(2):
            self.do("score", "--full")
        self.do("gold")
        self.do("catalog", "sync")
        self.do("verify")

    def on_lake(self, words):
        return [*words, "--lake", LAKE, *([] if words[0] in WITHOUT_A_CATALOG else ["--database", self.database])]

    def do(self, *words):
        return self.cli(*self.on_lake(words))

    def faults(self):
        """What verify says of a lake in which something is wrong."""
        ended = self.cli.run(*self.on_lake(["verify"]))
        assert ended.returncode == 1, ended.stdout + ended.stderr
        return ended.stdout

    def contents(self):
        """The checksum of each object."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.buckets[0], Prefix=self.prefix)
        return {file["Key"].removeprefix(self.prefix): file["ETag"] for page in pages for file in page["Contents"]}

    def lose(self, below):
        lost = self.keys(below)
        assert lost, below
        for key in lost:
            self.s3.delete_object(Bucket=self.bucket(key), Key=self.prefix + key)
        return lost

    def bring_back(self, below):
        """As `aws s3api list-object-versions` and `delete-object --version-id` of the runbook."""
        where = {"Bucket": self.bucket(below), "Prefix": self.prefix + below}
        for page in self.s3.get_paginator("list_object_versions").paginate(**where):
            for marker in page.get("DeleteMarkers", []):
                if marker["IsLatest"]:
                    self.s3.delete_object(Bucket=where["Bucket"], Key=marker["Key"], VersionId=marker["VersionId"])

    def backfilled(self, *words):
        sent = self.do("backfill", "--queue", self.refine.queue.url, "--source", SOURCE, *words)["sent"]
        self.wait_until_worked_off(self.refine, 60)
        return sent


@pytest.fixture(scope="module")
def lake(account, leadlake):
    return Restored(account, leadlake)


@pytest.mark.parametrize(
    ("below", "fault"),
    [
        (f"bronze/{SOURCE}/", "bronze_gone"),
        (f"silver/{SOURCE}/", "output_gone"),
        (f"ledger/{SOURCE}/", "not_ingested"),
        ("gold/lead_scores/_log/", "log_lost"),
        ("gold/lead_scores/snap=", "version_file_gone"),
        ("ops/salt", "salt_lost"),
    ],
)
def test_what_was_deleted_comes_back_from_the_versions_of_its_bucket(lake, below, fault):
    before = lake.contents()
    lake.lose(below)
    assert f'"{fault}"' in lake.faults()
    lake.bring_back(below)
    lake.do("verify")
    assert lake.contents() == before


REFUSING = {
    "silver/leads": [["lead", "nobody@example.com"]],
    "gold/lead_scores": [["kpi"], ["report"]],
}


@pytest.mark.parametrize("table", REFUSING)
def test_a_lost_log_is_no_empty_table(lake, table):
    lake.lose(f"{table}/_log/")
    asked = [["score"], ["query", f"SELECT * FROM {table.replace('/', '_')}"], ["rollback", table, "--to", "1"], ["vacuum"]]
    try:
        for words in asked + REFUSING[table]:
            ended = lake.cli.run(*lake.on_lake(words))
            assert ended.returncode != 0 and f"of {table}, which has no log" in ended.stderr, (words, ended.stdout, ended.stderr)
    finally:
        lake.bring_back(f"{table}/_log/")
    lake.do("verify")


def test_where_secret_and_log_are_lost_no_other_secret_is_made(lake):
    before = lake.contents()
    lake.lose("ops/salt")
    lake.lose("silver/leads/_log/")
    assert '"salt_lost"' in lake.faults() and '"log_lost"' in lake.faults()
    assert lake.cli.run(*lake.on_lake(["score"])).returncode != 0
    assert "ops/salt" not in lake.contents()
    lake.bring_back("silver/leads/_log/")
    lake.bring_back("ops/salt")
    lake.do("verify")
    assert lake.contents() == before


def test_silver_that_is_gone_is_made_again_to_the_byte(lake):
    before = lake.contents()
    lost = lake.lose(f"silver/{SOURCE}/")
    days = sorted(key.split("dt=")[1][:10] for key in lost)
    assert lake.backfilled("--from", days[0], "--to", days[-1], "--force") >= len(lost)
    lake.do("verify")
    after = lake.contents()
    assert {key for key in after if after[key] != before.get(key)} <= {key for key in before if key.startswith("ledger/")}
    assert after.keys() == before.keys()


def test_an_entry_that_is_gone_is_written_again_beside_the_same_files(lake):
    before = lake.contents()
    lost = lake.lose(f"ledger/{SOURCE}/")
    assert "without_entry" in lake.faults()
    assert lake.backfilled() == len(lost)
    lake.do("verify")
    after = lake.contents()
    assert {key for key in after if after[key] != before.get(key)} == set(lost)
    assert after.keys() == before.keys()


def test_tables_that_are_gone_from_glue_are_there_again_after_a_sync(lake, account):
    def counted():
        [found] = account.ask_athena(f"SELECT count(*) AS n, sum(final_score) AS points FROM gold_lead_scores, silver_{SOURCE}", lake.database)
        return found

    glue = account.direct("glue")

    def tables():
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=lake.database)
        return {table["Name"]: table["StorageDescriptor"] for page in pages for table in page["TableList"]}

    before, shown = counted(), tables()
    assert len(shown) > 10
    for table in shown:
        glue.delete_table(DatabaseName=lake.database, Name=table)
    lake.do("catalog", "sync")
    assert tables() == shown
    assert counted() == before
    lake.do("verify")


def test_of_a_damaged_version_readers_are_led_to_the_one_before_and_the_next_run_writes_it_anew(lake):
    rows = "SELECT lead_id, final_score FROM gold_lead_scores ORDER BY 1"
    before = lake.do("query", rows)
    log = lake.log("gold/lead_scores")
    entry = lake.current("gold/lead_scores")
    [file, *_] = [file["key"] for file in entry["content"]["files"]]
    lake.put(file, lake.get(file)[:-1] + b"?")
    assert "version_file_changed" in lake.faults()
    [older, *_] = sorted(number for number in log if number != entry["number"])
    lake.do("rollback", "gold/lead_scores", "--to", str(older))
    assert lake.do("query", rows) == before
    lake.do("score", "--full")
    lake.do("gold")
    lake.do("verify")
    assert lake.do("query", rows) == before
