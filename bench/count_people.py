"""Prints what came of people and scores in a lake as JSON. Usage: count_people.py LAKE"""

import json
import sys
from pathlib import Path

import duckdb

lake = Path(sys.argv[1])
COUNTS = {
    "silver/lead_events": {
        "events": "count(*)",
        "distinct events": "count(DISTINCT (source, event_id))",
        "leads": "count(DISTINCT lead_id)",
    },
    "silver/leads": {
        **{"leads": "count(*)", "converted": "count(*) FILTER (converted)", "revenue": "sum(revenue)", "spend": "sum(total_spend)"},
        **{name: f"sum({name})" for name in ("webinar_minutes", "forms", "visits", "transactions")},
        "cities": "count(city)",
        "told": "sum(hash(email, phone, name, city, device_interest, outcome, outcome_at, converted_at, last_touch_at))",
        **{f"{name}_event": f"count({name}_event)" for name in ("email", "phone", "name", "city", "budget", "outcome", "conversion")},
    },
    "silver/lead_history": {
        "rows": "count(*)",
        **{f"sum of {name}": f"sum({name})" for name in ("events", "webinar_minutes", "revenue", "total_spend")},
        "known": "sum(hash(email, phone, name, city, device_interest, outcome, valid_from, valid_to))",
    },
    "silver/lead_aliases": {
        kind: f"count(*) FILTER (kind = '{kind}')" for kind in ("email", "phone", "crm_id")
    },
    "features/leads": {"rows": "count(*)", "minutes": "sum(webinar_minutes)", "rates": "round(sum(location_conversion_rate), 3)"},
    "gold/lead_scores": {
        "final_score": "sum(final_score)",
        "before outcome": "sum(score_before_outcome)",
        **{category: f"count(*) FILTER (lead_category = '{category}')" for category in ("HOT", "WARM", "COLD")},
        "reasons": "sum(len(reasons))",
        "probability": "round(sum(conversion_probability), 3)",
    },
}


def count(table: str, counts: dict[str, str]) -> dict[str, str]:
    files = [str(file) for file in (lake / table).rglob("*.parquet")]
    if not files:
        return dict.fromkeys(counts, "no file")
    columns = ", ".join(counts.values())
    found = duckdb.execute(f"SELECT {columns} FROM read_parquet($files, hive_partitioning = false)", {"files": files}).fetchone()
    return {name: str(value) for name, value in zip(counts, found)}


duckdb.execute("SET TimeZone = 'UTC'")
print(json.dumps({table: count(table, counts) for table, counts in COUNTS.items()}))
