"""A new source is a new contract, and a contract in force is kept."""

import datetime
import shutil
import subprocess
from decimal import Decimal

import pytest
from conftest import ROOT
from readers import ARROW_TYPES, read_with_both, silver_schema

PARTNER = """\
apiVersion: v3.1.0
kind: DataContract
id: leadlake-partner
name: Leads of partners
version: 1.0.0
status: draft
description:
  purpose: People whom a partner sent to us.
schema:
  - name: partner
    physicalName: silver_partner
    logicalType: object
    customProperties:
      - {property: phoneRegion, value: GB}
      - {property: requireAnyOf, value: [email, phone]}
    properties:
      - name: lead_key
        description: The partner's own key.
        logicalType: string
        physicalType: string
        primaryKey: true
        required: true
        customProperties:
          - {property: aliases, value: [id]}
      - name: sent_at
        description: When the partner sent the lead.
        logicalType: timestamp
        physicalType: timestamp
        required: true
        customProperties:
          - {property: eventTime, value: true}
          - {property: aliases, value: [sent]}
      - name: email
        description: The person's address.
        logicalType: string
        physicalType: string
        logicalTypeOptions: {format: email}
        customProperties:
          - {property: identity, value: email}
      - name: phone
        description: The person's phone number.
        logicalType: string
        physicalType: string
        customProperties:
          - {property: reads, value: phone}
          - {property: keepOriginal, value: true}
      - name: tier
        description: What the partner thinks of the lead.
        logicalType: string
        physicalType: string
        quality:
          - {type: library, metric: invalidValues, arguments: {validValues: [gold, silver]}, mustBe: 0}
      - name: visits
        description: How often the person came.
        logicalType: integer
        physicalType: bigint
      - name: rating
        description: How well the person fits, as the partner reckons.
        logicalType: number
        physicalType: double
        logicalTypeOptions: {minimum: 0, maximum: 1}
      - name: fee
        description: What we owe the partner.
        logicalType: number
        physicalType: decimal(18,2)
      - name: consented
        description: Whether the person agreed to be called.
        logicalType: boolean
        physicalType: boolean
      - name: born
        description: The day the person was born.
        logicalType: date
        physicalType: date
"""

EVENTS = b"""\
[
  {"id": 7, "sent": "2025-01-09T10:00:00+01:00", "phone": "020 7946 0958", "tier": "GOLD", "visits": "3",
   "rating": 0.125, "fee": "12.50", "consented": "yes", "born": "1990-02-28"},
  {"lead_key": "p-8", "sent_at": "2025-01-09T08:30:00Z", "email": "b@c.co.uk", "tier": "lead", "visits": 2.5,
   "rating": 3, "fee": 1.005, "consented": 2, "born": "1990-02-30", "note": null},
  {"sent": "2025-01-09T08:00:00Z", "email": "d@e.co.uk"}
]
"""


def write_contract(folder, text=PARTNER):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "partner.odcs.yaml"
    path.write_text(text)
    return path


def test_a_new_source_takes_one_file(leadlake, lake, tmp_path):
    contracts = tmp_path / "contracts"
    shutil.copytree(ROOT / "contracts", contracts)
    leadlake = leadlake.with_contracts(contracts)
    key = lake.put("partner", "leads.json", EVENTS)
    before = leadlake("ingest", "--lake", lake.folder, exit_code=1)
    assert before["without_contract"] == {"partner": 1}
    assert lake.parquet("silver") == []

    contract = write_contract(contracts)
    leadlake("ingest", "--lake", lake.folder)
    schema = silver_schema(contract)
    assert set(schema.types) == set(ARROW_TYPES.values()), "the contract is meant to have a column of each type"
    [silver], [quarantine] = lake.parquet("silver"), lake.parquet("quarantine")
    assert silver.parent == lake.folder / "silver" / "partner" / "dt=2025-01-10"
    other, whole = read_with_both(silver, schema).to_pylist()
    arrived = other.pop("arrived_at")
    assert arrived == whole.pop("arrived_at")
    provenance = {"event_id_from_content": False, "object_key": key, "contract_version": "1.0.0"}
    assert other == provenance | {
        "lead_key": "p-8",
        "sent_at": datetime.datetime(2025, 1, 9, 8, 30, tzinfo=datetime.UTC),
        "email": "b@c.co.uk",
        "phone": None,
        "phone_original": None,
        "tier": None,
        "visits": None,
        "rating": None,
        "fee": None,
        "consented": None,
        "born": None,
        "extra": '{"note":null}',
        "invalid": '{"tier":"lead","visits":2.5,"rating":3,"fee":1.005,"consented":2,"born":"1990-02-30"}',
        "object_line": 4,
    }
    assert whole == provenance | {
        "lead_key": "7",
        "sent_at": datetime.datetime(2025, 1, 9, 9, tzinfo=datetime.UTC),
        "email": None,
        "phone": "+442079460958",
        "phone_original": "020 7946 0958",
        "tier": "gold",
        "visits": 3,
        "rating": 0.125,
        "fee": Decimal("12.50"),
        "consented": True,
        "born": datetime.date(1990, 2, 28),
        "extra": None,
        "invalid": None,
        "object_line": 2,
    }
    [entry] = lake.ledger("partner")
    assert entry["counts"]["refused"] == {"missing": 1}
    assert quarantine.stem == silver.stem == entry["object_id"]
    assert leadlake("verify", "--lake", lake.folder)["faults"] == []


def git(folder, *arguments):
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, timeout=60)


@pytest.fixture(params=["folder", "git revision"])
def in_force(request, tmp_path):
    """The folder of contracts to change, and what `--against` is told about those in force."""
    contracts = tmp_path / "repository" / "contracts"
    write_contract(contracts)
    if request.param == "folder":
        shutil.copytree(contracts, tmp_path / "in-force")
        return contracts, tmp_path / "in-force"
    git(contracts.parent, "init", "--quiet")
    git(contracts.parent, "add", "contracts")
    git(contracts.parent, "commit", "--quiet", "--message", "In force")
    git(contracts.parent, "tag", "v1")
    return contracts, "v1"


def without_column(text, name):
    before, _, after = text.partition(f"      - name: {name}\n")
    _, separator, rest = after.partition("      - name: ")
    return before + separator + rest


NEW_COLUMN = """\
      - name: remark
        description: Whatever else the partner says.
        logicalType: string
        physicalType: string
"""


@pytest.mark.parametrize(
    ("change", "complaints"),
    [
        (lambda text: text, []),
        (lambda text: text.replace("version: 1.0.0", "version: 1.1.0") + NEW_COLUMN, []),
        (lambda text: text + NEW_COLUMN, ["same version 1.0.0"]),
        (
            lambda text: without_column(text, "tier").replace("version: 1.0.0", "version: 2.0.0"),
            ["column tier is removed"],
        ),
        (
            lambda text: text.replace("logicalType: integer", "logicalType: string")
            .replace("physicalType: bigint", "physicalType: string")
            .replace("version: 1.0.0", "version: 2.0.0"),
            ["column visits changes from bigint to string"],
        ),
    ],
    ids=["nothing", "column added", "column added, version kept", "column removed", "column retyped"],
)
def test_a_change_that_breaks_readers_is_refused(change, complaints, in_force, leadlake):
    contracts, against = in_force
    write_contract(contracts, change(PARTNER))
    checked = leadlake.with_contracts(contracts)(
        "contract", "check", "--against", against, exit_code=1 if complaints else 0
    )
    assert len(checked["breaking"]) == len(complaints), checked
    for found, complaint in zip(checked["breaking"], complaints, strict=True):
        assert found.startswith("partner: ") and complaint in found
