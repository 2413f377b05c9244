"""The contracts are valid Open Data Contract Standard files in the eyes of a tool that is not ours."""

import pathlib

import pytest
from datacontract.data_contract import DataContract
from datacontract.model.run import ResultEnum

ROOT = pathlib.Path(__file__).parents[2]
CONTRACTS = sorted((ROOT / "contracts").glob("*.odcs.yaml"))
SOURCES = {"roadshow", "webinar", "online", "crm", "transactions"}


def complaints(contract):
    """What `datacontract lint` has against a contract, asked without a process for each. Its warnings count too: it exits 0 with an unknown field."""
    checks = DataContract(data_contract_file=str(contract)).lint().checks
    assert checks, "the linter checked nothing"
    return [check.reason for check in checks if check.result != ResultEnum.passed]


def test_each_source_has_a_contract():
    assert {contract.name.removesuffix(".odcs.yaml") for contract in CONTRACTS} >= SOURCES


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_a_contract_passes_the_linter(contract):
    assert complaints(contract) == []


def test_the_example_in_the_docs_passes_the_linter(tmp_path):
    _, _, after = (ROOT / "docs" / "CONTRACTS.md").read_text().partition("```yaml\n")
    example, fence, _ = after.partition("```")
    assert fence
    contract = tmp_path / "chat.odcs.yaml"
    contract.write_text(example)
    assert complaints(contract) == []


@pytest.mark.parametrize(
    ("sound", "corrupt", "complaint"),
    [
        ("status: active\n", "", "status"),
        ("logicalType: timestamp", "logicalType: moment", "moment"),
        ('minimum: "2000-01-01T00:00:00Z"', "minimum: 2000", "2000"),
        ("metric: invalidValues", "metric: wrongValues", "wrongValues"),
        ("primaryKey: true", "primaryKye: true", "primaryKye"),
    ],
)
def test_a_corrupted_contract_fails_the_linter(sound, corrupt, complaint, tmp_path):
    text = next(contract for contract in CONTRACTS if contract.name == "roadshow.odcs.yaml").read_text()
    assert sound in text
    corrupted = tmp_path / "corrupted.odcs.yaml"
    corrupted.write_text(text.replace(sound, corrupt, 1))
    found = complaints(corrupted)
    assert any(complaint in reason for reason in found), found
