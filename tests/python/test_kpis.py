"""The ten KPIs, counted again from their definitions, and against what is true of generated events."""

import math

import kpi_counts
import pytest
from model_lakes import KINDS
from sql_models import KPIS

COUNTED = ("objects", "records", "accepted", "refused", "duplicates_within_object", "duplicates_across_objects")


def keyed(model, rows):
    """Rows under all that names them, when each name is there once."""
    names = [name for name in model.columns if name not in ("value", "numerator", "denominator")]
    places = [list(model.columns).index(name) for name in names]
    found = {tuple(row[place] for place in places): row[-3:] for row in rows}
    assert len(found) == len(rows), model.name
    return found


def assert_same(found, expected):
    assert found.keys() == expected.keys(), sorted(map(str, found.keys() ^ expected.keys()))[:10]
    for key, cells in expected.items():
        same = [a == b if None in (a, b) else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(found[key], cells)]
        assert all(same), f"{key}: {found[key]}, counted {cells}"


@pytest.mark.parametrize("kpi", KPIS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kpi_is_what_its_definition_counts(answers, kpi, kind):
    asked = answers.asked(kind)
    expected = getattr(kpi_counts, kpi)(answers.tables(kind))
    found = keyed(answers.models[kpi], answers.of_leadlake(kind, kpi))
    assert_same(found, expected)
    if kind == "generated":
        assert len({key[0] for key in found}) > (1 if kpi == "high_intent_lead_ratio" else 25)
    if (kpi, kind) != ("high_intent_lead_ratio", "part"):
        assert all(key[0] is None or asked.from_day <= key[0] <= asked.to_day for key in found)


def test_volume_success_and_duplicates_are_those_of_the_truth(answers):
    sources = answers.truth["sources"]
    total = {name: sum(source[name] for source in sources.values()) for name in sources["crm"] if name in COUNTED}
    volume, success, duplicates = (
        keyed(answers.models[kpi], answers.of_leadlake("generated", kpi))
        for kpi in ("lead_volume", "processing_success_rate", "duplicate_reduction")
    )
    for name, truth in [*sources.items(), (None, total)]:
        assert volume[None, "records", name][0] == truth["records"]
        assert volume[None, "objects", name][0] == truth["objects"]
        for measure, column in {
            "reached_silver": "accepted",
            "refused": "refused",
            "duplicate": "duplicates_within_object",
        }.items():
            assert success[None, measure, name][1:] == (truth[column], truth["records"])
        within, across = truth["duplicates_within_object"], truth["duplicates_across_objects"]
        readable = truth["accepted"] + within
        assert duplicates[None, "within_object", name][1:] == (within, readable)
        assert duplicates[None, "across_objects", name][1:] == (across, readable)
        assert duplicates[None, "eliminated", name][1:] == (within + across, readable)
    people = answers.truth["people"]
    assert volume[None, "leads", None][0] == volume[None, "new_leads", None][0] == people

