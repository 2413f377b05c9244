"""Records that nobody should send, judged by Python's own JSON, and what engines that are not ours find of them in the lake."""

import gzip
import json
import random

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Lake
from readers import QUARANTINE, database, read_with_both, silver_schema

WEBINAR = silver_schema(ROOT / "contracts" / "webinar.odcs.yaml")
DEEPEST = 64

ODD_STRINGS = [
    "", " ", "\t", "\0", "\x1b[2J", "\x7f", "\u2028", "\u202enosj", "\ufeff", "\ufffe", "é", "e\u0301", "🙂", "𝄞" * 50,
    "../../etc/passwd", "'; DROP TABLE leads; --", "=1+1", "\\", '"', "\\\"", "{}", "null", "a\nb", "%00",
]  # fmt: skip
WRITTEN = [
    '"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\/"', '"\\u0000"', "1e400", "-1e-400", "1E+2", "-0",
    "-0.0", "9" * 400, "0." + "1" * 400, "123456789012345678901234567890.5", '{"a":1,"a":2}', '{"":{"":{}}}', "[[],{},[[]]]",
    " [ 1 , 2 ] ", "\t{}", "[" * 62 + "]" * 62, "[" * 63 + "]" * 63, "[" * 64 + "]" * 64, '{"a":' * 63 + "1" + "}" * 63,
    '{"a":' * 64 + "1" + "}" * 64,
]  # fmt: skip


def strict(raw):
    """The value as Python reads it: numbers as written, objects with all their members in order, nothing made up."""

    def refuse(word):
        raise ValueError(word)

    return json.loads(
        raw.decode(), parse_int=str, parse_float=str, parse_constant=refuse, object_pairs_hook=lambda pairs: ("object", pairs)
    )


def depth(raw):
    """Of well-formed JSON."""
    deepest = level = 0
    text = escaped = False
    for byte in raw.decode():
        if escaped:
            escaped = False
        elif text:
            escaped, text = byte == "\\", byte != '"'
        else:
            text = byte == '"'
            level += (byte in "{[") - (byte in "}]")
            deepest = max(deepest, level)
    return deepest


def is_accepted(record):
    try:
        strict(record)
    except (ValueError, RecursionError):
        return False
    return depth(record) <= DEEPEST


def values(chance):
    yield from (json.dumps(text, ensure_ascii=ascii).encode() for text in ODD_STRINGS for ascii in (True, False))
    yield from (text.encode() for text in WRITTEN)
    for sign in ["", "-", "+"]:
        for whole in ["0", "12", "01", ""]:
            for rest in ["", ".5", ".", "e7", "E-7", "e", "e+", ".5e+10", ".e1", "x", "_1"]:
                yield f"{sign}{whole}{rest}".encode()
    document = json.dumps({"k": [1, -2.5e3, "é\\", {"": None}], "t": [True, False], "u": ODD_STRINGS}).encode()
    for _ in range(600):
        at = chance.randrange(len(document))
        byte = bytes([chance.choice(b'{}[]",:\\01e \x00\x80\xffa')])
        change = chance.choice([b"", byte, byte + document[at : at + 1], document[at : at + 1] * 2])
        yield document[:at] + change + document[at + 1 :]


def event(number, member=b""):
    rest = {
        "event_id": f"h-{number}",
        "event_type": "webinar_attendance",
        "email": f"viewer{number}@example.com",
        "timestamp": "2025-01-10T05:00:00Z",
    }
    return b"{" + member + json.dumps(rest, separators=(",", ":")).encode()[1:]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_what_python_reads_is_kept_as_it_reads_it_and_the_rest_is_quarantined(leadlake, tmp_path, pack):
    lake = Lake(tmp_path / "lake")
    hostile = dict.fromkeys(values(random.Random(11)))
    lines = []
    for value in hostile:
        # Two good neighbours each, so that the object is not refused whole.
        lines += [event(len(lines), b'"x":' + value + b","), event(len(lines) + 1), event(len(lines) + 2)]
    content = b"\n".join(lines)
    key = lake.put("webinar", "hostile.json", pack(content))
    leadlake("ingest", "--lake", lake.folder)
    assert leadlake("verify", "--lake", lake.folder)["faults"] == []

    accepted = {number for number, line in enumerate(lines) if is_accepted(line)}
    assert len(lines) - len(accepted) > 300 and len([number for number in accepted if number % 3 == 0]) > 200
    [silver] = lake.parquet("silver")
    rows = {row["object_line"] - 1: row for row in read_with_both(silver, WEBINAR).to_pylist()}
    assert rows.keys() == accepted
    for number, row in rows.items():
        _, members = strict(lines[number])
        extra = [member for member in members if member[0] == "x"]
        assert (strict(row["extra"].encode())[1] if row["extra"] else []) == extra, lines[number]
        assert row["event_id"] == f"h-{number}"

    # An engine's own JSON reads what was kept, but for what it has no type for.
    unread = database().execute("SELECT extra FROM read_parquet(?) WHERE NOT json_valid(extra)", [str(silver)]).fetchall()
    assert all(any(odd in extra for odd in ["\\ud", "\\uD", "1e400"]) for (extra,) in unread), unread

    [quarantine] = lake.parquet("quarantine")
    refused = pq.ParquetFile(quarantine).read().cast(QUARANTINE).to_pylist()
    assert {row["object_line"] - 1 for row in refused} == set(range(len(lines))) - accepted
    for row in refused:
        assert row["original"] == content[row["byte_offset"] : row["byte_offset"] + row["byte_length"]]
        assert row["original"] in lines[row["object_line"] - 1] and row["object_key"] == key
    # All of a refused line is there, in one piece or several.
    for number in set(range(len(lines))) - accepted:
        pieces = b"".join(row["original"] for row in refused if row["object_line"] - 1 == number)
        assert pieces.translate(None, b" \t\r,[]") == lines[number].translate(None, b" \t\r,[]"), lines[number]
