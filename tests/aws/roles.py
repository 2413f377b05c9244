"""Who may do what in which folder of the lake: every cell that is not listed is to be denied."""

import dataclasses

from account import at_once
from botocore.exceptions import ClientError
from deployed import ANSWERS
from deployment import SOURCES

VERBS = ("read", "write", "delete", "list")
GOLD = ("gold/kpi", "gold/lead_scores", "gold/conversion_metrics", "gold/attribution")
PERSONAL_GOLD = ("gold/sales_dashboard",)
SCORE_TABLES = ("silver/leads", "silver/lead_history", "silver/lead_events", "silver/lead_aliases", "silver/lead_joins", "silver/lead_review")
WITHOUT_PEOPLE = ("silver/lead_aliases", "silver/lead_joins", "silver/lead_review")
OF_SCORE = (*SCORE_TABLES, "features/leads", "gold/lead_scores", "ops/ledger")
OF_CATALOG = ("gold/kpi", "gold/conversion_metrics", "gold/attribution", *PERSONAL_GOLD)
RAW = tuple(f"bronze/{source}" for source in SOURCES)
REFINED = tuple(f"{folder}/{source}" for folder in ("silver", "quarantine", "ledger") for source in SOURCES)
MADE = (*REFINED, *OF_SCORE, *OF_CATALOG, "ops/settings")
ANSWERED = tuple(f"answers/{asker}" for asker in ("analyst", "scientist", "sales", "pipeline", "privacy", "catalog"))
# Of a table with versions: what tells which is current, and the files of one.
LOG, FILES = "silver/leads/_log", "silver/leads/snap=0"
FOLDERS = (*RAW, *MADE, LOG, FILES, *ANSWERED)


def of_source(source):
    made = {f"{folder}/{source}" for folder in ("silver", "quarantine", "ledger")}
    return {"read": made | {f"bronze/{source}"}, "write": made, "delete": made, "list": made | {f"bronze/{source}"}}


def asks(asker, folders=()):
    """Reads tables, and has a folder for its answers."""
    own = {f"answers/{asker}"}
    return {"read": {*folders} | own, "write": own, "delete": set(), "list": {*folders} | own}


MAY = {
    **{f"refine-{source}": of_source(source) for source in SOURCES},
    "score": {
        "read": {*MADE, LOG, FILES} - {f"quarantine/{source}" for source in SOURCES},
        "write": {*OF_SCORE, LOG, FILES},
        "delete": set(),
        "list": {*MADE, LOG, FILES} - {f"quarantine/{source}" for source in SOURCES},
    },
    "catalog": {
        "read": {*OF_SCORE, *OF_CATALOG, LOG, FILES, "ops/settings", "answers/catalog"},
        "write": {*OF_CATALOG, LOG, "answers/catalog"},
        "delete": {FILES},
        "list": {*RAW, *MADE, LOG, FILES, "answers/catalog"},
    },
    "tables": {
        "read": {LOG},
        "write": set(),
        "delete": set(),
        "list": {*RAW, *MADE, LOG, FILES} - {"ops/settings"},
    },
    "analyst": asks("analyst", GOLD),
    "scientist": asks("scientist", (*GOLD, *WITHOUT_PEOPLE, "features/leads")),
    "sales": asks("sales", ("gold/lead_scores", *PERSONAL_GOLD)),
    "pipeline": {
        "read": {*RAW, *MADE, LOG, FILES, "answers/pipeline"},
        "write": {*RAW, *MADE, LOG, FILES, "answers/pipeline"},
        "delete": {*MADE, LOG, FILES},
        "list": {*RAW, *MADE, LOG, FILES, "answers/pipeline"},
    },
    "privacy": {
        "read": {*RAW, *MADE, LOG, FILES, "answers/privacy"},
        "write": {*RAW, *MADE, LOG, FILES, "answers/privacy"},
        "delete": {*RAW, *MADE, LOG, FILES},
        "list": {*RAW, *MADE, LOG, FILES, "answers/privacy"},
    },
    **{f"producer-{source}": {"read": set(), "write": {f"bronze/{source}"}, "delete": set(), "list": set()} for source in SOURCES},
}


@dataclasses.dataclass
class Probes:
    """An object in each folder, to be read and never changed."""

    lake: object
    keys: dict

    @classmethod
    def put(cls, lake):
        """Where something lies already, that: in bronze an object starts something. The log of a table is a folder of its own here."""
        keys = {}
        for folder in FOLDERS:
            bucket, key = place(lake, folder)
            listed = lake.s3.list_objects_v2(Bucket=bucket, Prefix=f"{key}/").get("Contents", [])
            found = [each["Key"] for each in listed if "/_log/" not in each["Key"].removeprefix(key)]
            keys[folder] = found[0] if found else f"{key}/probe"
            if not found:
                lake.s3.put_object(Bucket=bucket, Key=keys[folder], Body=b"")
        return cls(lake, keys)

    def found(self, caller):
        """What the caller can do, as `MAY` has it."""
        s3 = self.lake.enforced.client_of(caller, "s3")
        cells = [(verb, folder) for verb in VERBS for folder in FOLDERS]
        allowed = at_once(lambda cell: self.is_allowed(s3, *cell), cells)
        return {verb: {folder for (of, folder), is_so in zip(cells, allowed, strict=True) if of == verb and is_so} for verb in VERBS}

    def is_allowed(self, s3, verb, folder):
        """Nothing is changed by it: what is there is not written over, and what is deleted is not there."""
        bucket, prefix = place(self.lake, folder)
        attempts = {
            "read": lambda: s3.get_object(Bucket=bucket, Key=self.keys[folder]),
            "write": lambda: s3.put_object(Bucket=bucket, Key=self.keys[folder], Body=b"", IfNoneMatch="*"),
            "delete": lambda: s3.delete_object(Bucket=bucket, Key=f"{prefix}/absent"),
            "list": lambda: s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/", MaxKeys=1),
        }
        try:
            attempts[verb]()
        except ClientError as error:
            return error.response["Error"]["Code"] == "PreconditionFailed" or not is_denial(error)
        return True


def place(lake, folder):
    return (ANSWERS, folder.removeprefix("answers/")) if folder.startswith("answers/") else (lake.bucket(folder), folder)


def is_denial(error):
    code = error.response["Error"]["Code"]
    assert code in ("AccessDenied", "AccessDeniedException", "403", "PreconditionFailed"), error
    return code != "PreconditionFailed"
