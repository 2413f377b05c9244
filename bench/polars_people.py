"""Bronze to gold with Polars. Usage: polars_people.py LAKE DOMAINS

The same work as `leadlake ingest` and `leadlake score`: polars_silver.py, and in the same process, which saves a second start,
who is whose event, what was known of each lead on each day, features and scores.

What was tried, so that nobody needs to try it again:

- What was known at the end of each day comes from running maxima and sums over all events (see Timeline), which take a few
  milliseconds each; windows over people (`over`) are the slow part wherever they are left, on purchases.
- Values are gathered by row numbers; joins would be several times slower.
- Canonical addresses are made of distinct ones and joined; people are numbered by 64-bit hashes of these.
- A list of structs made with concat_list takes twenty times as long as making rows of it first and grouping them.
- Lists of addresses, phones and ids, and days on which more was done than counts: whoever has one of each, and whatever day is
  below all caps, is most of them, so only the others are looked at in full.

Where its rules are not those of leadlake. None of it changes what comes of the generated events, in any column but lead_id and,
where an id came twice on one day, arrived_at:

- Who has no address is who else has the CRM's id or the phone, where that is one person. Names are not compared (some are in
  another script), nor cities, and nothing is held back for a review: people with two addresses or ids are never joined, no name
  is compared by likeness, and no phone of a company is recognised.
- Ids are 64-bit hashes of the address with a secret seed, which is no cryptography. They change when the address does and from run
  to run; the names of lead_aliases are those of addresses, phones and CRM ids. There are no lead_joins and lead_review.
- No point in the past: everything that is in silver has happened. An earlier run is not built upon.
- last_purchase_at does not go back when a purchase is undone.
- Cities are known by a list of names, not by their sound in any script.
- Rules and weights of scoring.yaml are written out; those that are zero there are left out.
- Each table is one file that appears while it is written, and there is no log of versions. All events are in memory at once.
"""

import secrets
import sys
from datetime import datetime, timezone
from pathlib import Path

import polars_silver
from marks import mark
from polars_known import (
    LEAD_COLUMNS,
    PROFILE,
    Timeline,
    aliases,
    known_of,
    lead_id,
    leads,
    persons,
    read_silver,
)
from polars_scores import (
    FEATURE_COLUMNS,
    features,
    scores,
)
from polars_silver import pl
from rules import LEAD_EVENT_COLUMNS
from sources import ZSTD_LEVEL


def write(frame: pl.DataFrame, lake: Path, table: str) -> None:
    (lake / table).mkdir(parents=True, exist_ok=True)
    frame.write_parquet(lake / table / "part-00000.parquet", compression="zstd", compression_level=ZSTD_LEVEL)


def resolve_and_score(lake: Path) -> None:
    as_of = datetime.now(timezone.utc)
    read = read_silver(lake)
    events = read.with_columns(person=persons(read)).sort("person", "event_time", "source", "event_id")
    del read
    timeline = Timeline.of(events)
    secret = secrets.randbits(63)
    is_first = pl.int_range(pl.len()) == timeline.first
    ids = events.filter(is_first).select(lead_id(pl.coalesce("email", "crm_id", "phone"), secret)).to_series()
    person_number = events.select(is_first.cast(pl.UInt32).cum_sum() - 1).to_series()
    named = events.with_columns(lead_id=ids.gather(person_number))
    write(aliases(named, secret), lake, "silver/lead_aliases")
    write(named.select(LEAD_EVENT_COLUMNS), lake, "silver/lead_events")
    del named
    history, rows = known_of(timeline, ids)
    write(history.select("lead_id", "valid_from", "valid_to", "is_current", *PROFILE), lake, "silver/lead_history")
    people = leads(history, rows, timeline)
    del history
    write(people.select(LEAD_COLUMNS), lake, "silver/leads")
    featured = features(people, timeline, as_of)
    write(featured.select(FEATURE_COLUMNS), lake, "features/leads")
    write(scores(featured), lake, "gold/lead_scores")


def main() -> None:
    lake, domains = Path(sys.argv[1]), Path(sys.argv[2])
    polars_silver.refine_all(lake, domains)
    mark("silver")
    resolve_and_score(lake)


if __name__ == "__main__":
    main()
