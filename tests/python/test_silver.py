"""What is in silver and quarantine, in the eyes of engines that are not ours."""

import datetime
import json
from collections import Counter
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Lake
from readers import QUARANTINE, database, read_with_both, silver_schema

SOURCES = ["crm", "online", "roadshow", "transactions", "webinar"]
SCHEMAS = {source: silver_schema(ROOT / "contracts" / f"{source}.odcs.yaml") for source in SOURCES}

ARRIVED_NANOSECONDS = 1_736_469_000_123_456_789


def utc(*parts):
    return datetime.datetime(*parts, tzinfo=datetime.UTC)


ARRIVED = utc(2025, 1, 10, 0, 30, 0, 123_456)

# Columns that are not named here must be null. Content ids are for ever: a new one would count an old event again.
SAMPLES = {
    "roadshow": [
        {
            "event_id": "content-80e9c112374715afc6393de338341ab3",
            "event_id_from_content": True,
            "event_type": "roadshow_lead",
            "event_time": utc(2025, 1, 1, 10, 12),
            "email": "amit@gmail.com",
            "email_is_disposable": False,
            "name": "Amit Sharma",
            "phone": "+919876543210",
            "phone_original": "9876543210",
            "city": "Delhi",
            "device_interest": "iPhone 15 Pro",
            "device_id": "tablet-23",
            "object_line": 2,
        },
        {
            "event_id": "rs-78901",
            "event_id_from_content": False,
            "event_type": "roadshow_registration",
            "event_time": utc(2025, 1, 1, 10, 15, 30),
            "email": "amit@gmail.com",
            "email_is_disposable": False,
            "name": "Amit Kumar",
            "phone_original": "98xxxxxx12",
            "city": "Bangalore",
            "device_interest": "iPhone 15 Pro",
            "captured_by": "sales_rep_12",
            "invalid": '{"phone":"98xxxxxx12"}',
            "object_line": 1,
        },
    ],
    "webinar": [
        {
            "event_id": "content-dd91b28e59c66d6b2a24032bb47a2518",
            "event_id_from_content": True,
            "event_type": "webinar_attendance",
            "event_time": utc(2025, 1, 1, 10),
            "email": "john@gmail.com",
            "email_is_disposable": False,
            "duration_minutes": 42,
            "questions_asked": 2,
            "object_line": 2,
        },
        {
            "event_id": "wb-342",
            "event_id_from_content": False,
            "event_type": "webinar_attendance",
            "event_time": utc(2025, 1, 1, 11, 5),
            "email": "amit@gmail.com",
            "email_is_disposable": False,
            "duration_minutes": 48,
            "questions_asked": 2,
            "webinar_id": "iphone-launch-jan",
            "object_line": 1,
        },
    ],
    "online": [
        {
            "event_id": "on-991",
            "event_id_from_content": False,
            "event_type": "online_form_submission",
            "event_time": utc(2025, 1, 1, 11, 20, 10),
            "email": "amit@gmail.com",
            "email_is_disposable": False,
            "budget_range": "80000-100000",
            "budget_low": Decimal("80000.00"),
            "budget_high": Decimal("100000.00"),
            "purchase_timeframe_days": 15,
            "utm_source": "google_ads",
            "object_line": 1,
        },
        {
            "event_id": "content-e5a4f4d8c585b701f2b8ea0288d5a01f",
            "event_id_from_content": True,
            "event_type": "online_form",
            "event_time": utc(2025, 1, 1, 12),
            "email": "foo123@mailinator.com",
            "email_is_disposable": True,
            "budget_range": "80k-100k",
            "budget_low": Decimal("80000.00"),
            "budget_high": Decimal("100000.00"),
            "purchase_timeframe_days": 30,
            "purchase_timeframe_days_original": "0-30 days",
            "object_line": 2,
        },
    ],
    "crm": [
        {
            "event_id": "cr-17",
            "event_id_from_content": False,
            "event_type": "conversion_outcome",
            "event_time": utc(2025, 1, 6, 9),
            "email": "amit@gmail.com",
            "email_is_disposable": False,
            "outcome": "converted",
            "revenue": Decimal("89900.00"),
            "object_line": 1,
        },
    ],
    "transactions": [
        {
            "event_id": "tx-5",
            "event_id_from_content": False,
            "event_type": "transaction",
            "event_time": utc(2025, 1, 7, 18, 39, 48),
            "email": "amit@gmail.com",
            "email_is_disposable": False,
            "transaction_id": "t-1290",
            "product_id": "p-41",
            "quantity": 2,
            "price": Decimal("134.00"),
            "currency": "INR",
            "payment_method": "card",
            "status": "completed",
            "object_line": 1,
        },
    ],
}


def expected_table(source, key, rows):
    arrival = {"object_key": key, "arrived_at": ARRIVED, "contract_version": "1.0.0"}
    return pa.Table.from_pylist([arrival | row for row in rows], schema=SCHEMAS[source])


@pytest.mark.parametrize("source", SOURCES)
def test_every_sample_is_in_silver_with_every_value(source, leadlake, lake):
    sample = (ROOT / "events" / "samples" / f"{source}.json").read_bytes()
    assert len(sample.splitlines()) == len(SAMPLES[source])
    key = lake.put(source, "sample.json", sample, arrived_nanoseconds=ARRIVED_NANOSECONDS)
    leadlake("ingest", "--lake", lake.folder)
    [path] = lake.parquet("silver")
    assert path.parent == lake.folder / "silver" / source / "dt=2025-01-10"
    found = read_with_both(path, SCHEMAS[source])
    assert found.to_pylist() == expected_table(source, key, SAMPLES[source]).to_pylist()
    assert lake.parquet("quarantine") == []


def test_nothing_odd_is_lost(leadlake, lake):
    lines = [
        # Values that normalisation changes, fields that no contract knows, a time of another zone, finer than is kept.
        b'{"event_id":"rs-1","event_type":"roadshow_lead","email":" Amit@Gmail.COM ","phone":"+91 98765-43210",'
        b'"name":" Jose\xcc\x81 ","timestamp":"2025-01-01T10:15:30.123456789+05:30",'
        b'"booth":{"no": 4,"tags":["a b"]},"x y":1.50}',
        # Both spellings at once: the column's own name goes first.
        b'{"event_id":"rs-2","event_type":"roadshow_lead","email":"a@b.in","timestamp":"2025-01-01T04:00:00Z",'
        b'"interested_model":"Pixel 9","device_interest":"iPhone 15"}',
    ]
    lines += [
        lines[0],
        lines[1].replace(b"a@b.in", b"c@d.in"),
        b'{"event_type":"roadshow_lead","email":"nobody","phone":"98xxxxxx12","timestamp":"2025-01-01T04:00:00Z"}',
        b'{"event_type":"roadshow_lead","email":"a@b.in","timestamp":"2025-01-01T04:00:00"}',
        b'{"event_type":"roadshow_lead","email":"a@b.in',
    ]
    content = b"\r\n".join(lines) + b"\r\n"
    key = lake.put("roadshow", "odd.json", content, arrived_nanoseconds=ARRIVED_NANOSECONDS)
    leadlake("ingest", "--lake", lake.folder)
    rows = [
        {
            "event_id": "rs-2",
            "event_id_from_content": False,
            "event_type": "roadshow_lead",
            "event_time": utc(2025, 1, 1, 4),
            "email": "a@b.in",
            "email_is_disposable": False,
            "device_interest": "iPhone 15",
            "extra": '{"interested_model":"Pixel 9"}',
            "object_line": 2,
        },
        {
            "event_id": "rs-1",
            "event_id_from_content": False,
            "event_type": "roadshow_lead",
            "event_time": utc(2025, 1, 1, 4, 45, 30, 123_456),
            "email": "amit@gmail.com",
            "email_original": " Amit@Gmail.COM ",
            "email_is_disposable": False,
            "phone": "+919876543210",
            "phone_original": "+91 98765-43210",
            "name": "Jos\u00e9",
            "extra": '{"booth":{"no": 4,"tags":["a b"]},"x y":1.50}',
            "object_line": 1,
        },
    ]
    [silver], [quarantine] = lake.parquet("silver"), lake.parquet("quarantine")
    found = read_with_both(silver, SCHEMAS["roadshow"])
    assert found.to_pylist() == expected_table("roadshow", key, rows).to_pylist()
    refused = read_with_both(quarantine, QUARANTINE).to_pylist()
    assert [(row["code"], row["path"], row["object_line"]) for row in refused] == [
        ("event_id_reused", "$.event_id", 4),
        ("no_identity", "$", 5),
        ("timestamp_without_offset", "$.timestamp", 6),
        ("not_json", "$", 7),
    ]
    for row in refused:
        assert row["original"] == lines[row["object_line"] - 1]
        assert row["original_is_whole"]
        assert (row["arrived_at"], row["object_key"]) == (ARRIVED, key)
    [entry] = lake.ledger()
    assert entry["counts"]["duplicate"] == 1
    assert entry["counts"]["drifted"] == {"booth": 1, "(other)": 1}


def test_an_event_without_id_is_the_same_one_however_it_is_laid_out(leadlake, lake):
    _, event = (ROOT / "events" / "samples" / "webinar.json").read_text().splitlines()
    again = json.dumps(dict(reversed(json.loads(event).items())), indent=2)
    lake.put("webinar", "both.json", f"{event}\n{again}\n".encode())
    lake.put("webinar", "again.json", again.encode())
    leadlake("ingest", "--lake", lake.folder)
    for path in lake.parquet("silver"):
        [row] = read_with_both(path, SCHEMAS["webinar"]).to_pylist()
        assert row["event_id"] == SAMPLES["webinar"][0]["event_id"]
    assert [entry["counts"]["refused"] for entry in lake.ledger()] == [{}, {}]
    assert sorted(entry["counts"]["duplicate"] for entry in lake.ledger()) == [0, 1]


@pytest.fixture(scope="module")
def objects(generated):
    """Each generated object: its ledger entry, its silver and quarantine rows."""
    lake, _ = generated

    def table(entry, layer, schema):
        keys = [output["key"] for output in entry["outputs"] if output["layer"] == layer]
        return pq.ParquetFile(lake.folder / keys[0]).read() if keys else schema.empty_table()

    return [
        (entry, table(entry, "silver", SCHEMAS[entry["source"]]), table(entry, "quarantine", QUARANTINE))
        for entry in lake.ledger()
    ]


def test_both_engines_read_the_same_rows_and_types(generated):
    lake, _ = generated
    silver, quarantine = lake.parquet("silver"), lake.parquet("quarantine")
    assert len(silver) == 75
    assert len(quarantine) > 50
    for path in silver:
        read_with_both(path, SCHEMAS[path.parent.parent.name])
    for path in quarantine:
        read_with_both(path, QUARANTINE)


def keys_of(column):
    """How often each key stands in a column of JSON objects."""
    return Counter(key for text in column.drop_null().to_pylist() for key in json.loads(text))


def test_the_ledger_counts_what_is_in_the_tables(generated, objects, leadlake):
    lake, truth = generated
    assert len(objects) == truth["objects"]
    for entry, silver, quarantine in objects:
        counts = entry["counts"]
        raw = (lake.folder / entry["object_key"]).read_bytes()
        assert counts["input"] == len(raw.splitlines())
        assert counts["input"] == silver.num_rows + quarantine.num_rows + counts["duplicate"]
        assert counts["accepted"] == silver.num_rows
        assert counts["refused"] == Counter(quarantine["code"].to_pylist())
        assert counts["invalid"] == keys_of(silver["invalid"])
        assert counts["drifted"] == keys_of(silver["extra"])
        for output in entry["outputs"]:
            assert pq.read_metadata(lake.folder / output["key"]).num_rows == output["rows"]
            assert (lake.folder / output["key"]).stat().st_size == output["bytes"]
    assert leadlake("verify", "--lake", lake.folder)["faults"] == []


def test_every_row_says_what_its_bronze_line_says(generated, objects):
    lake, _ = generated
    rows = 0
    for entry, silver, quarantine in objects:
        aliases = {"timestamp", "duration", "questions", "interested_model", "purchase_timeframe"}
        known = aliases.union(SCHEMAS[entry["source"]].names)
        raw = (lake.folder / entry["object_key"]).read_bytes()
        lines = raw.splitlines()
        for row in silver.to_pylist():
            event = json.loads(lines[row["object_line"] - 1])
            written = event["timestamp"].replace("Z", "+00:00")
            assert row["event_time"] == datetime.datetime.fromisoformat(written)
            assert row["event_id_from_content"] == ("event_id" not in event)
            assert row["event_id"] == event.get("event_id", row["event_id"])
            email = (event.get("email") or "").strip().lower()
            invalid = json.loads(row["invalid"] or "{}")
            assert (row["email"] or "") == ("" if "email" in invalid else email)
            assert all(row[column] is None for column in invalid)
            unknown = {name: value for name, value in event.items() if name not in known}
            assert json.loads(row["extra"] or "{}") == unknown
            rows += 1
        for row in quarantine.to_pylist():
            begin, end = row["byte_offset"], row["byte_offset"] + row["byte_length"]
            assert row["original"] == raw[begin:end] == lines[row["object_line"] - 1].rstrip(b"\r\n")
            rows += 1
    assert rows > 19_000


def test_the_lake_holds_the_truth(generated):
    lake, truth = generated
    connection = database()
    for source, expected in truth["sources"].items():
        entries = [entry["counts"] for entry in lake.ledger(source)]
        invalid, refused = Counter(), Counter()
        for counts in entries:
            invalid.update(counts["invalid"])
            refused.update(counts["refused"])
        silver = connection.from_parquet(f"{lake.folder}/silver/{source}/*/*.parquet")
        connection.register(source, silver)
        [found] = connection.sql(
            f"""
            SELECT count(*), count(DISTINCT event_id), count(*) FILTER (event_id_from_content), count(extra),
                count(*) FILTER (email_is_disposable), count(*) FILTER (arrived_at::DATE > event_time::DATE)
            FROM {source}
            """
        ).fetchall()
        names = ["accepted", "distinct_events", "without_event_id", "with_extra_fields"]
        names += ["with_disposable_address", "late"]
        assert dict(zip(names, found, strict=True)) == {name: expected[name] for name in names}, source
        assert sum(counts["input"] for counts in entries) == expected["records"]
        assert sum(counts["duplicate"] for counts in entries) == expected["duplicates_within_object"]
        assert refused == expected["refused_by_code"]
        assert invalid == expected["invalid"]
    emails = " UNION ALL ".join(f"SELECT email, email_is_disposable FROM {source}" for source in SOURCES)
    [found] = connection.sql(
        f"SELECT count(DISTINCT email), count(DISTINCT email) FILTER (email_is_disposable) FROM ({emails})"
    ).fetchall()
    assert found == (truth["people"], truth["disposable_addresses"])
    with_phone = [source for source in SOURCES if "phone" in SCHEMAS[source].names]
    phones = " UNION ALL ".join(f"SELECT phone, phone_original FROM {source}" for source in with_phone)
    [found] = connection.sql(
        f"""
        SELECT count(*) FILTER (phone IS NULL AND phone_original IS NOT NULL),
            count(*) FILTER (phone IS NULL AND regexp_matches(phone_original, '[xX*]{{3}}'))
        FROM ({phones})
        """
    ).fetchall()
    assert found == (truth["invalid_phones"], truth["masked_phones"])
    [found] = connection.sql(
        "SELECT 100 * sum(revenue) FROM (SELECT DISTINCT event_id, revenue FROM crm WHERE outcome = 'converted')"
    ).fetchall()
    assert found == (truth["revenue_paise"],)


def test_every_file_is_laid_out_for_its_readers(generated, objects):
    lake, _ = generated
    entries = {output["key"]: entry for entry, _, _ in objects for output in entry["outputs"]}
    codecs = {"a few rows": set(), "many rows": set()}
    for path in lake.parquet("silver") + lake.parquet("quarantine"):
        metadata = pq.read_metadata(path)
        entry = entries[path.relative_to(lake.folder).as_posix()]
        counts = entry["counts"]
        lineage = {name.decode(): value.decode() for name, value in metadata.metadata.items()}
        arrived = datetime.datetime.fromisoformat(lineage.pop("leadlake.arrived_at"))
        assert arrived == datetime.datetime.fromisoformat(entry["arrived_at"])
        assert lineage == {
            "leadlake.object_key": entry["object_key"],
            "leadlake.object_id": entry["object_id"],
            "leadlake.contract": f"{entry['source']} {entry['contract_version']}",
            "leadlake.records": str(counts["input"]),
            "leadlake.accepted": str(counts["accepted"]),
            "leadlake.refused": str(sum(counts["refused"].values())),
            "leadlake.duplicate": str(counts["duplicate"]),
        }
        for group in range(metadata.num_row_groups):
            chunks = [metadata.row_group(group).column(column) for column in range(metadata.num_columns)]
            rows = metadata.row_group(group).num_rows
            if rows <= 4 or rows >= 64:
                codecs["a few rows" if rows <= 4 else "many rows"] |= {chunk.compression for chunk in chunks}
    assert codecs == {"a few rows": {"UNCOMPRESSED"}, "many rows": {"ZSTD"}}


@pytest.fixture(scope="module")
def large(leadlake, tmp_path_factory):
    """The silver file of one object of more events than a row group takes, the latest first."""
    lake = Lake(tmp_path_factory.mktemp("large") / "lake")
    begin = utc(2025, 1, 1)
    line = '{{"event_id":"w-{}","event_type":"webinar_attendance","email":"a@b.in","timestamp":"{}"}}\n'
    times = [(begin + datetime.timedelta(seconds=second)).isoformat() for second in reversed(range(70_000))]
    content = "".join(line.format(number, time) for number, time in enumerate(times))
    lake.put("webinar", "large.json", content.encode())
    leadlake("ingest", "--lake", lake.folder)
    [path] = lake.parquet("silver")
    return path


def test_row_groups_are_sorted_and_can_be_skipped_by_time(large):
    file = pq.ParquetFile(large)
    assert file.num_row_groups > 1
    bounds = []
    for group in range(file.num_row_groups):
        times = file.read_row_group(group, columns=["event_time"])["event_time"]
        assert times.equals(times.take(pc.sort_indices(times)))
        metadata = file.metadata.row_group(group)
        [sorting] = metadata.sorting_columns
        assert file.schema_arrow.names[sorting.column_index] == "event_time" and not sorting.descending
        statistics = metadata.column(sorting.column_index).statistics
        bounds.append((statistics.min, statistics.max))
        assert bounds[-1] == (times[0].as_py(), times[-1].as_py())
    by_duckdb = database().execute(
        """
        SELECT stats_min_value::TIMESTAMPTZ, stats_max_value::TIMESTAMPTZ FROM parquet_metadata(?)
        WHERE path_in_schema = 'event_time' ORDER BY row_group_id
        """,
        [str(large)],
    )
    assert by_duckdb.fetchall() == bounds
    first_begin, _ = bounds[0]
    assert bounds[-1][1] < first_begin, "the first group is meant to hold the latest events"
    [fragment] = ds.dataset(large).get_fragments()
    later = fragment.split_by_row_group(filter=ds.field("event_time") >= first_begin)
    assert [group.id for part in later for group in part.row_groups] == [0]


def test_the_bloom_filter_knows_every_event_id_and_hardly_another(large):
    connection = database()

    def groups_with(event_id):
        probe = connection.execute("FROM parquet_bloom_probe(?, 'event_id', ?)", [str(large), event_id]).fetchall()
        assert len(probe) == pq.read_metadata(large).num_row_groups
        return {group for _, group, excluded in probe if not excluded}

    assert all(0 in groups_with(f"w-{number}") for number in range(0, 65_000, 1_000))
    assert all(1 in groups_with(f"w-{number}") for number in range(66_000, 70_000, 100))
    in_vain = sum(len(groups_with(f"x-{number}")) for number in range(300))
    assert in_vain < 30, f"{in_vain} of 600 row groups would be read in vain"
