"""Lists that are late. S3's are not, and those of other stores and of caches are."""

import re
from urllib.parse import parse_qs, unquote_plus, urlencode

from faults import name_of

HIDDEN, SHOWN = "hidden", "shown"
# At most so many of the last changes are not in a list yet.
MOST_BEHIND = 100
SHOWN_LIKELIER = 5
CONTENTS = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
FOLDERS = re.compile(rb"<CommonPrefixes>.*?</CommonPrefixes>", re.DOTALL)
KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
COUNT = re.compile(rb"<KeyCount>\d+</KeyCount>")


class Stale:
    """A rule: what was put lately is not listed yet, what was deleted lately still is, what was replaced is as it was."""

    def __init__(self, faults):
        self.faults = faults
        # Each change with the entry of a list that was there before, or nothing.
        self.changes = []
        self.entries = {}

    async def __call__(self, call, forward):
        if call.method == "GET" and "list-type=2" in call.target:
            return await self.listed(call, forward)
        answer = await forward(call)
        if call.method in ("PUT", "DELETE") and answer.status < 300:
            path = unquote_plus(call.target.partition("?")[0].replace("+", "%2B")).lstrip("/")
            self.changes.append((path, self.entries.pop(path, None)))
        return answer

    async def listed(self, call, forward):
        path, _, query = call.target.partition("?")
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        delimiter = asked.pop("delimiter", "")
        # Which folders there are depends on the objects in them.
        answer = await forward(call.at(f"{path}?{urlencode(asked)}"))
        if answer.status != 200:
            return answer
        assert b"<IsTruncated>true" not in answer.body, "lists of several pages are not made late"
        below = f"{path.strip('/')}/{asked.get('prefix', '')}"
        entries = {path_of(path, entry): entry for entry in CONTENTS.findall(answer.body)}
        self.entries |= entries
        dice = self.faults.drawn(f"list {name_of(call)}")
        before = self.as_they_were(entries, below, dice.randint(1, MOST_BEHIND))
        kinds = [HIDDEN] * bool(entries.keys() - before.keys()) + [SHOWN] * bool(before.keys() - entries.keys())
        # Little is ever deleted.
        if dice.random() < self.faults.stale * (SHOWN_LIKELIER if SHOWN in kinds else 1):
            self.faults.injected.update(kinds)
            entries = before
        return listing(answer, entries, below, delimiter)

    def as_they_were(self, entries, below, behind):
        before = dict(entries)
        for path, entry in reversed(self.changes[-behind:]):
            if path.startswith(below):
                before.pop(path, None)
                before |= {path: entry} if entry else {}
        return before


def path_of(bucket, entry):
    return f"{bucket.strip('/')}/{unquote_plus(KEY.search(entry)[1].decode())}"


def listing(answer, entries, below, delimiter):
    kept, folders = [], set()
    for path in sorted(entries):
        folder, is_deeper, _ = path.removeprefix(below).partition(delimiter) if delimiter else ("", "", "")
        if is_deeper:
            folders.add(f"{below}{folder}{delimiter}".partition("/")[2])
        else:
            kept.append(entries[path])
    kept += [f"<CommonPrefixes><Prefix>{urlencode({'': folder})[1:]}</Prefix></CommonPrefixes>".encode() for folder in sorted(folders)]
    body = COUNT.sub(b"<KeyCount>%d</KeyCount>" % len(kept), FOLDERS.sub(b"", CONTENTS.sub(b"", answer.body)))
    return answer.of(body.replace(b"</ListBucketResult>", b"".join(kept) + b"</ListBucketResult>"))
