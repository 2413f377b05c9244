"""Bronze to gold with DuckDB. Usage: duckdb_people.py LAKE DOMAINS

TODO
"""

import secrets
import sys
from datetime import datetime, timezone
from pathlib import Path

import duckdb
import duckdb_silver
from duckdb_silver import PARQUET, quote
from marks import mark
from rules import *
from sources import THREADS

COLUMNS = {
    "crm": ("phone", "crm_id", "outcome", "revenue", "currency", "reason"),
    "online": ("phone", "name", "city", "form_id", "budget_low", "budget_high", "purchase_timeframe_days", "utm_source"),
    "roadshow": ("phone", "name", "city", "device_interest"),
    "transactions": ("phone", "transaction_id", "product_id", "quantity", "price", "currency", "status"),
    "webinar": ("webinar_id", "duration_minutes", "questions_asked"),
}
EVERYWHERE = ("event_id", "event_type", "event_time", "dt", "arrived_at", "email", "email_is_disposable")

DAY = 86_400_000_000
IN_MAIN_CURRENCY = f"(currency IS NULL OR upper(currency) = '{MAIN_CURRENCY}')"
MONEY = "DECIMAL(38, 2)"
POINTS = "DECIMAL(18, 2)"

LATEST = ("email", "phone", "name", "city", "email_is_disposable", "device_interest", "purchase_timeframe_days", "outcome")
EVENT_OF = ("email", "phone", "name", "city", "device_interest", "purchase_timeframe_days", "outcome")
LISTS = ("email", "phone", "crm_id")
BUDGET_TOLD = "(budget_low IS NOT NULL OR budget_high IS NOT NULL)"

# What is added up or compared over the days on which something arrived: name, what it is of one day's events, and how
# days are put together.
SUMMED = {
    "webinars": "count(*) FILTER (is_touch AND source = 'webinar')",
    "webinar_minutes": "coalesce(sum(duration_minutes), 0)",
    "questions_asked": "coalesce(sum(questions_asked), 0)",
    "forms": "count(*) FILTER (is_touch AND source = 'online')",
    "visits": "count(*) FILTER (is_touch AND source = 'roadshow')",
    "revenue": f"coalesce(sum(revenue) FILTER (outcome = 'converted' AND {IN_MAIN_CURRENCY}), 0)",
    "other_revenue": f"count(*) FILTER (outcome = 'converted' AND revenue IS NOT NULL AND NOT {IN_MAIN_CURRENCY})",
    "events": "count(*)",
}



def days(earlier: str, later: str) -> str:
    return f"((epoch_us({later}) - epoch_us({earlier})) / {DAY})"


def canonical_email() -> str:
    local, domain = "split_part(email, '@', 1)", "split_part(email, '@', 2)"
    untagged = f"CASE WHEN {domain} IN {IGNORES_AFTER_PLUS} THEN split_part({local}, '+', 1) ELSE {local} END"
    plain = f"CASE WHEN {domain} IN {IGNORES_DOTS} THEN replace({untagged}, '.', '') ELSE {untagged} END"
    one = " ".join(f"WHEN '{other}' THEN '{kept}'" for other, kept in SAME_PROVIDER.items())
    return f"{plain} || '@' || CASE {domain} {one} ELSE {domain} END"


def read_silver(lake: Path) -> str:
    parts = []
    for source, columns in COLUMNS.items():
        files = quote(lake / "silver" / source / "dt=*" / "*.parquet")
        parts.append(
            f"""SELECT '{source}'::source AS source, {", ".join((*EVERYWHERE, *columns))}, CASE WHEN email IS NOT NULL THEN hash({canonical_email()}) END AS person
            FROM read_parquet({files}, hive_partitioning = true, hive_types = {{dt: DATE}})"""
        )
    return f"CREATE TABLE read AS {' UNION ALL BY NAME '.join(parts)}"


# Few ids are there twice, so only those are put in order.
REPEATED = """
CREATE TABLE repeated AS
WITH ids AS (SELECT source, event_id FROM read GROUP BY ALL HAVING count(*) > 1)
SELECT place FROM (
  SELECT read.rowid AS place, row_number() OVER (PARTITION BY source, event_id ORDER BY dt, event_time) AS number
  FROM read SEMI JOIN ids USING (source, event_id)
) WHERE number > 1"""

# Who has no address is who else has the phone or the CRM's id, where that is one person.
OWNERS = """
CREATE TABLE {name}_owners AS
WITH wanted AS (SELECT DISTINCT {name} FROM read WHERE email IS NULL AND {name} IS NOT NULL)
SELECT {name}, any_value(person) AS person
FROM read SEMI JOIN wanted USING ({name}) WHERE email IS NOT NULL
GROUP BY {name} HAVING min(person) = max(person)"""

# `seq` is the place of an event among all events, by which the latest values are found.
EVENTS = """
CREATE TABLE events AS
WITH ordered AS (
  SELECT rowid AS place, row_number() OVER (ORDER BY event_time, source, event_id) AS seq
  FROM read WHERE rowid NOT IN (FROM repeated)
)
SELECT read.* REPLACE (coalesce(read.person, crm_id_owners.person, phone_owners.person, hash(coalesce(read.crm_id, read.phone))) AS person),
  seq::INT AS seq, source::VARCHAR || '/' || event_id AS event, hash(email) AS email_hash, hash(read.phone) AS phone_hash,
  hash(read.crm_id) AS crm_id_hash, 1 << enum_code(source)::INT AS source_bit, outcome IS NULL AND transaction_id IS NULL AS is_touch
FROM ordered JOIN read ON read.rowid = place
LEFT JOIN crm_id_owners ON read.email IS NULL AND read.crm_id = crm_id_owners.crm_id
LEFT JOIN phone_owners ON read.email IS NULL AND read.phone = phone_owners.phone"""

IDS = """
CREATE TABLE ids AS
SELECT person, 'lead-' || left(md5({secret} || coalesce(any_value(email), any_value(crm_id), any_value(phone))), 24) AS lead_id
FROM events GROUP BY person"""

# A transaction is what was told of it last. Each day's row holds by how much the day changed what the person bought.
PURCHASES = f"""
CREATE TABLE purchases AS
WITH told AS (
  SELECT person, transaction_id, dt, min(event_time) AS told_at,
    arg_max(status, seq) AS status, max(seq) FILTER (status IS NOT NULL) AS status_seq,
    arg_max({{price: price, in_main: {IN_MAIN_CURRENCY}}}, seq) FILTER (price IS NOT NULL) AS price,
    max(seq) FILTER (price IS NOT NULL) AS price_seq,
    arg_max(quantity, seq) AS quantity, max(seq) FILTER (quantity IS NOT NULL) AS quantity_seq
  FROM events WHERE transaction_id IS NOT NULL GROUP BY ALL
),
known AS (
  SELECT person, transaction_id, dt, min(told_at) OVER arrivals AS told_at, arg_max(status, status_seq) OVER arrivals AS status,
    arg_max(price, price_seq) OVER arrivals AS price, arg_max(quantity, quantity_seq) OVER arrivals AS quantity
  FROM told WINDOW arrivals AS (PARTITION BY person, transaction_id ORDER BY dt)
),
valued AS (
  SELECT *, (status IS NULL OR status = 'completed')::INT AS completed, completed * (price.in_main IS TRUE)::INT AS priced,
    completed * (price.in_main IS FALSE)::INT AS other,
    CASE WHEN priced = 1 THEN price.price * coalesce(quantity, 1) ELSE 0 END AS spend
  FROM known
),
changes AS (
  SELECT person, dt, CASE WHEN completed = 1 THEN told_at END AS last_purchase_at,
    completed - lag(completed, 1, 0) OVER arrivals AS transactions, priced - lag(priced, 1, 0) OVER arrivals AS priced,
    other - lag(other, 1, 0) OVER arrivals AS other, spend - lag(spend, 1, 0) OVER arrivals AS spend
  FROM valued WINDOW arrivals AS (PARTITION BY person, transaction_id ORDER BY dt)
)
SELECT person, dt, max(last_purchase_at) AS last_purchase_at, sum(transactions)::BIGINT AS transactions, sum(priced)::BIGINT AS priced,
  sum(other)::BIGINT AS other, sum(spend) AS total_spend
FROM changes GROUP BY person, dt"""


def type_of(name: str) -> str:
    return MONEY if name in ("revenue", "total_spend") else "BIGINT"


def by_day() -> str:
    """What the events that arrived on one day tell of a person; of the latest values, the events that tell them."""
    columns = [f"max(seq) FILTER ({name} IS NOT NULL) AS {name}_seq" for name in (*LATEST, "crm_id")]
    columns += [f"({what})::{type_of(name)} AS {name}" for name, what in SUMMED.items()]
    for name in LISTS:
        for least in ("min", "max"):
            columns.append(f"{least}({name}_hash) FILTER ({name} IS NOT NULL) AS {least}_{name}")
    return f"""
CREATE TABLE by_day AS
WITH told AS (
  SELECT person, dt, {", ".join(columns)}, max(seq) FILTER ({BUDGET_TOLD}) AS budget_seq,
    bit_or(source_bit) AS sources, bit_or(source_bit) FILTER (is_touch) AS touched,
    min(event_time) AS first_seen_at, max(event_time) AS last_updated_at,
    min(event_time) FILTER (outcome = 'converted') AS converted_at
  FROM events GROUP BY person, dt
)
SELECT told.*, last_purchase_at, transactions, total_spend, priced, other FROM told LEFT JOIN purchases USING (person, dt)"""


def by_version() -> str:
    """What was known at the end of each day on which something arrived."""
    latest = [f"{name}_seq" for name in (*LATEST, "crm_id", "budget")] + ["last_updated_at", "last_purchase_at"]
    latest += [f"max_{name}" for name in LISTS]
    first = ["first_seen_at", "converted_at", *(f"min_{name}" for name in LISTS)]
    summed = [*SUMMED, "transactions", "total_spend", "priced", "other"]
    known = [f"max({name}) OVER arrivals AS {name}" for name in latest]
    known += [f"min({name}) OVER arrivals AS {name}" for name in first]
    known += [f"coalesce(sum({name}) OVER arrivals, 0)::{type_of(name)} AS {name}" for name in summed]
    known += [f"coalesce(bit_or({name}) OVER arrivals, 0) AS {name}" for name in ("sources", "touched")]
    return f"""
CREATE TABLE versions AS
SELECT person, dt AS valid_from, lead(dt) OVER arrivals AS valid_to, {", ".join(known)}
FROM by_day WINDOW arrivals AS (PARTITION BY person ORDER BY dt)"""


def values(names: tuple[str, ...]) -> tuple[str, str]:
    """The values that versions know, as columns and the joins that they need."""
    columns = ", ".join(f"of_{name}.{name}" for name in names)
    joins = " ".join(
        f"LEFT JOIN (SELECT seq, {name} FROM events WHERE {name} IS NOT NULL) AS of_{name} ON of_{name}.seq = {name}_seq"
        for name in names
    )
    return columns, joins


def texts_of(name: str) -> str:
    return f"CASE WHEN {name} IS NULL THEN []::VARCHAR[] WHEN min_{name} = max_{name} THEN [{name}] ELSE several_{name}s END AS {name}s"


SOURCE_LISTS = [[name for place, name in enumerate(SOURCE_NAMES) if mask >> place & 1] for mask in range(1 << len(SOURCE_NAMES))]


def touched(source: str) -> str:
    return f"touched & {1 << SOURCE_NAMES.index(source)} <> 0"


def known() -> str:
    """The columns that silver_leads and silver_lead_history share."""
    names, joins = values((*LATEST, "crm_id"))
    columns = [
        *("email", texts_of("email"), "phone", texts_of("phone"), texts_of("crm_id"), "name", "city", "email_is_disposable"),
        f"({SOURCE_LISTS}::VARCHAR[][])[sources + 1] AS sources",
        *(f"{touched(source)} AS from_{source}" for source in ("roadshow", "webinar", "online")),
        *("webinars", "webinar_minutes", "questions_asked", "forms", "visits", "device_interest"),
        *(f"budget_{end}::{MONEY} AS budget_{end}" for end in ("low", "high")),
        *("purchase_timeframe_days", "outcome", "converted_at IS NOT NULL AS converted", "converted_at", "revenue"),
        *("transactions", "total_spend", "last_purchase_at", "events", "first_seen_at", "last_updated_at"),
    ]
    return f"""
CREATE TABLE known AS
SELECT lead_id, person, valid_from, valid_to, {", ".join(columns)}, touched, priced, other, other_revenue
FROM (
  SELECT versions.*, {names}, budget_low, budget_high FROM versions {joins}
  LEFT JOIN (SELECT seq, budget_low, budget_high FROM events WHERE {BUDGET_TOLD}) AS of_budget ON of_budget.seq = budget_seq
) JOIN ids USING (person) LEFT JOIN several USING (person, valid_from)"""


PROFILE = (
    *("email", "emails", "phone", "phones", "crm_ids", "name", "city", "email_is_disposable", "sources", "from_roadshow"),
    *("from_webinar", "from_online", "webinars", "webinar_minutes", "questions_asked", "forms", "visits", "device_interest"),
    *("budget_low", "budget_high", "purchase_timeframe_days", "outcome", "converted", "converted_at", "revenue"),
    *("transactions", "total_spend", "last_purchase_at", "events", "first_seen_at", "last_updated_at"),
)

# Whoever has several addresses, phones or ids; they are few.
SEVERAL = """
CREATE TABLE several AS
SELECT person, valid_from, list_sort(list_distinct(list(email))) AS several_emails,
  list_sort(list_distinct(list(phone))) AS several_phones, list_sort(list_distinct(list(crm_id))) AS several_crm_ids
FROM (
  SELECT person, valid_from FROM versions WHERE min_email <> max_email OR min_phone <> max_phone OR min_crm_id <> max_crm_id
) JOIN events USING (person)
WHERE dt <= valid_from GROUP BY ALL"""

# What settled something first, and when the person bought; the city as it was known then.
DECISIONS = """
CREATE TABLE decisions AS
WITH settled AS (
  SELECT person, min(seq) AS decided_seq, min(event_time) AS decided_at,
    min(event_time) FILTER (outcome = 'converted') AS converted_at, min(seq) FILTER (outcome = 'converted') AS converted_seq
  FROM events WHERE outcome IN ('lost', 'converted') GROUP BY person
)
SELECT settled.*, city_when_decided FROM settled LEFT JOIN (
  SELECT person, arg_max(city, seq) AS city_when_decided
  FROM events JOIN settled USING (person) WHERE city IS NOT NULL AND seq <= decided_seq GROUP BY person
) USING (person)"""

# Of touches, by person and day (UTC). Days on which more was done than counts are few, so only they are looked at again.
ACTIVITY = f"""
CREATE TABLE activity AS
WITH touches AS (
  SELECT person, epoch_us(event_time) // {DAY} AS day, seq, source, duration_minutes AS minutes, questions_asked AS questions,
    pow(0.5, greatest({days("event_time", "getvariable('as_of')")} / {HALF_LIFE_DAYS}, 0)) AS weight,
    decided_at IS NOT NULL AND event_time < decided_at AS is_before
  FROM events LEFT JOIN (SELECT person, decided_at FROM decisions) USING (person) WHERE is_touch
),
days AS (
  SELECT person, day, sum(minutes) AS minutes, sum(minutes) FILTER (is_before) AS minutes_before,
    least(coalesce(sum(questions), 0), {MOST_QUESTIONS}) AS questions, count(*) FILTER (source = 'online') AS forms,
    count(*) FILTER (source = 'roadshow') AS visits, count(*) FILTER (source = 'webinar') AS webinars, sum(weight) AS decayed
  FROM touches GROUP BY ALL
),
busy AS (
  SELECT person, day, list_sum(max(minutes, {MOST_WEBINARS})) AS minutes,
    list_sum(max(minutes, {MOST_WEBINARS}) FILTER (is_before)) AS minutes_before,
    list_sum(arg_min(weight, seq, {MOST_WEBINARS}) FILTER (source = 'webinar')) AS webinars_decayed,
    list_sum(arg_min(weight, seq, {MOST_FORMS}) FILTER (source = 'online')) AS forms_decayed,
    list_sum(arg_min(weight, seq, {MOST_VISITS}) FILTER (source = 'roadshow')) AS visits_decayed
  FROM touches SEMI JOIN (
    FROM days WHERE webinars > {MOST_WEBINARS} OR forms > {MOST_FORMS} OR visits > {MOST_VISITS}
  ) USING (person, day) GROUP BY ALL
)
SELECT person, sum(minutes)::BIGINT AS webinar_minutes, sum(minutes_before)::BIGINT AS minutes_before, sum(questions)::BIGINT AS questions_asked,
  sum(forms)::BIGINT AS forms, sum(visits)::BIGINT AS visits, sum(decayed) AS decayed_activity
FROM (
  SELECT person, minutes, minutes_before, questions, forms, visits, decayed FROM days
  WHERE webinars <= {MOST_WEBINARS} AND forms <= {MOST_FORMS} AND visits <= {MOST_VISITS}
  UNION ALL
  SELECT person, busy.minutes, busy.minutes_before, questions, least(forms, {MOST_FORMS}), least(visits, {MOST_VISITS}),
    coalesce(webinars_decayed, 0) + coalesce(forms_decayed, 0) + coalesce(visits_decayed, 0)
  FROM days JOIN busy USING (person, day)
) GROUP BY person"""

# What else the events of a person tell, and what was known before the outcome.
TOUCHES = """
CREATE TABLE touches AS
SELECT person, min(seq) FILTER (is_touch) AS first_seq, max(seq) FILTER (is_touch) AS last_seq,
  min(seq) FILTER (outcome = 'converted') AS conversion_seq,
  count(*) FILTER (is_touch) AS past_touches, count(duration_minutes) AS attended,
  bit_or(source_bit) FILTER (is_touch AND is_before) AS touched_before,
  arg_max(purchase_timeframe_days, seq) FILTER (is_before) AS timeframe_before,
  arg_max(email_is_disposable, seq) FILTER (is_before) AS disposable_before
FROM (
  SELECT events.*, decided_at IS NOT NULL AND event_time < decided_at AS is_before
  FROM events LEFT JOIN (SELECT person, decided_at FROM decisions) USING (person)
) GROUP BY person"""


def told_in() -> str:
    """Which event told what, found from rows that are as narrow as can be."""
    told = {
        **{name: f"{name} IS NOT NULL" for name in EVENT_OF},
        "budget": BUDGET_TOLD,
        "conversion": "outcome = 'converted'",
        "first": "is_touch",
        "last": "is_touch",
    }
    pointers = ", ".join(f"{name}_seq" for name in told)
    columns = [f"of_{name}.event AS {name}_event" for name in told]
    columns += [f"of_{name}.{what} AS {name}_{what}" for name in ("first", "last") for what in ("event_time", "source")]
    joins = [
        f"LEFT JOIN (SELECT seq, event, event_time, source FROM events WHERE {rule}) AS of_{name} ON of_{name}.seq = {name}_seq"
        for name, rule in told.items()
    ]
    return f"""
CREATE TABLE told_in AS
SELECT person, {", ".join(columns)}, of_outcome.event_time AS outcome_at
FROM (SELECT person, {pointers} FROM versions JOIN touches USING (person) WHERE valid_to IS NULL) {" ".join(joins)}"""


def source_of(mask: str, what: str) -> str:
    """Of the source with the highest weight among those of a mask."""
    best = sorted(SOURCE_WEIGHTS, key=SOURCE_WEIGHTS.get, reverse=True)
    value = {name: quote(name) if what == "name" else SOURCE_WEIGHTS[name] for name in best}
    cases = " ".join(f"WHEN {mask} & {1 << SOURCE_NAMES.index(name)} <> 0 THEN {value[name]}" for name in best)
    return f"CASE {cases} {'END' if what == 'name' else 'ELSE 0 END'}"


LEADS = """
CREATE TABLE leads AS
SELECT * EXCLUDE (first_event, last_event, first_event_time, last_event_time, first_source, last_source),
  first_event_time AS first_touch_at, first_source AS first_touch_source, first_event AS first_touch_event,
  last_event_time AS last_touch_at, last_source AS last_touch_source, last_event AS last_touch_event
FROM (FROM known WHERE valid_to IS NULL) JOIN touches USING (person) JOIN told_in USING (person)"""

FIRST_LAST = ("first_touch_at", "first_touch_source", "first_touch_event", "last_touch_at", "last_touch_source", "last_touch_event")
LEAD_COLUMNS = (
    *("lead_id", *PROFILE, *FIRST_LAST, "email_event", "phone_event", "name_event", "city_event", "device_interest_event"),
    *("budget_event", "purchase_timeframe_days_event AS purchase_timeframe_event", "outcome_at", "outcome_event", "conversion_event"),
    *("other_revenue AS revenue_in_other_currencies", "other AS purchases_in_other_currencies", "true AS holds_all_identifiers"),
)

CITY = "lower(trim({}))"
LOCATIONS = f"""
CREATE TABLE locations AS
SELECT {CITY.format("city_when_decided")} AS city, count(*) AS decided, count(converted_at) AS converted
FROM decisions WHERE city_when_decided IS NOT NULL GROUP BY ALL"""

# The decision of the lead itself is left out of the rates.
FEATURES = f"""
CREATE TABLE features AS
WITH rates AS (
  SELECT leads.person, decisions.decided_at, decisions.city_when_decided,
    (decisions.decided_at IS NOT NULL)::INT AS own, (decisions.converted_at IS NOT NULL)::INT AS own_converted,
    coalesce({CITY.format("city_when_decided")} = {CITY.format("leads.city")}, false)::INT AS is_of_city,
    (everybody.converted - own_converted) / nullif(everybody.decided - own, 0) AS overall,
    CASE WHEN leads.city IS NULL THEN overall
      ELSE (coalesce(locations.converted, 0) - own_converted * is_of_city + {LOCATION_SHRINKAGE} * overall)
        / (coalesce(locations.decided, 0) - own * is_of_city + {LOCATION_SHRINKAGE}) END AS location_conversion_rate
  FROM leads LEFT JOIN decisions USING (person) LEFT JOIN locations ON locations.city = {CITY.format("leads.city")}
  CROSS JOIN (SELECT count(*) AS decided, count(converted_at) AS converted FROM decisions) AS everybody
)
SELECT leads.lead_id, leads.person, getvariable('as_of') AS as_of, 1::BIGINT AS leads_snapshot,
  {source_of("touched", "name")} AS source, {source_of("touched", "weight")}::{POINTS} AS source_weight,
  coalesce(activity.webinar_minutes, 0) AS webinar_minutes, coalesce(activity.questions_asked, 0) AS questions_asked,
  coalesce(activity.forms, 0) AS forms, coalesce(activity.visits, 0) AS visits,
  leads.webinar_minutes / nullif(attended, 0) AS average_webinar_minutes, events AS past_events, past_touches,
  {days("last_touch_at", "getvariable('as_of')")} AS recency_days, coalesce(decayed_activity, 0) AS decayed_activity,
  purchase_timeframe_days, budget_low, budget_high, email_is_disposable, device_interest, leads.city, location_conversion_rate,
  transactions AS purchases,
  transactions * {FREQUENCY_DAYS} / greatest({days("first_seen_at", "getvariable('as_of')")}, {FREQUENCY_DAYS}) AS purchase_frequency,
  total_spend, round(total_spend / nullif(priced, 0), 2)::{MONEY} AS average_transaction_value,
  {days("last_purchase_at", "getvariable('as_of')")} AS days_since_last_purchase, converted, converted_at,
  CASE WHEN first_touch_at <= converted_at THEN {days("first_touch_at", "converted_at")} END AS conversion_days,
  decided_at, city_when_decided, minutes_before, touched_before, timeframe_before, disposable_before,
  first_touch_source, first_touch_at, last_touch_at
FROM leads JOIN rates USING (person) LEFT JOIN activity USING (person)"""


def category(score: str) -> str:
    return f"CASE WHEN {score} >= {HOT_FROM} THEN 'HOT' WHEN {score} >= {WARM_FROM} THEN 'WARM' ELSE 'COLD' END"


def timeframe_points(timeframe: str) -> str:
    return f"CASE WHEN {timeframe} BETWEEN 0 AND {TIMEFRAME_WITHIN_DAYS} THEN {TIMEFRAME_POINTS} ELSE 0 END"


def disposable_points(disposable: str) -> str:
    return f"CASE WHEN {disposable} THEN {DISPOSABLE_POINTS} ELSE 0 END"


SCORED = f"""
CREATE TABLE scored AS
SELECT *, ({POINTS_PER_WEBINAR_MINUTE} * webinar_minutes)::{POINTS} AS engagement_score,
  {timeframe_points("purchase_timeframe_days")} AS for_timeframe, {disposable_points("email_is_disposable")} AS for_disposable,
  (for_timeframe + for_disposable)::{POINTS} AS intent_score, (source_weight + engagement_score + intent_score)::{POINTS} AS final_score,
  CASE WHEN decided_at IS NOT NULL THEN (
    {source_of("coalesce(touched_before, 0)", "weight")} + {POINTS_PER_WEBINAR_MINUTE} * coalesce(minutes_before, 0)
    + {timeframe_points("timeframe_before")} + {disposable_points("disposable_before")}
  )::{POINTS} END AS score_before_outcome
FROM features"""


def band(score: str) -> str:
    return "(" + " + ".join(f"({score} >= {edge})::INT" for edge in BANDS_FROM) + ")"


SCORES = f"""
WITH everybody AS (
  SELECT count(*) AS decided, (count(converted_at) + {BAND_SHRINKAGE * PRIOR}) / (count(*) + {BAND_SHRINKAGE}) AS rate
  FROM scored WHERE decided_at IS NOT NULL
),
learned AS (
  SELECT {band("score_before_outcome")} AS band, count(*) AS decided, count(converted_at) AS converted
  FROM scored WHERE decided_at IS NOT NULL GROUP BY ALL
),
bands AS (
  SELECT range AS band,
    CASE WHEN everybody.decided = 0 THEN {PRIOR}
      ELSE (coalesce(learned.converted, 0) + {BAND_SHRINKAGE} * rate) / (coalesce(learned.decided, 0) + {BAND_SHRINKAGE}) END AS probability,
    CASE WHEN everybody.decided = 0 THEN 'prior, no outcomes yet'
      WHEN learned.decided IS NULL THEN 'rate of all ' || everybody.decided || ' decided leads, none of them in the band'
      ELSE 'band rate of ' || learned.decided || ' decided leads, shrunk' END AS basis
  FROM range({len(BANDS_FROM) + 1}) LEFT JOIN learned ON learned.band = range CROSS JOIN everybody
)
SELECT lead_id, as_of, as_of::DATE AS event_date, leads_snapshot, '{RULES_VERSION}' AS model_version,
  source_weight AS source_score, engagement_score, intent_score, final_score, {category("final_score")} AS lead_category,
  probability AS conversion_probability, basis AS probability_basis,
  list_filter([
    {{reason: 'source', points: source_weight, text: source, number: NULL::BIGINT}},
    {{reason: 'webinar_minutes', points: engagement_score, text: NULL, number: webinar_minutes}},
    {{reason: 'purchase_timeframe', points: for_timeframe::{POINTS}, text: NULL, number: purchase_timeframe_days}},
    {{reason: 'disposable_address', points: for_disposable::{POINTS}, text: 'true', number: NULL}}
  ], lambda reason: reason.points <> 0) AS reasons,
  CASE WHEN converted THEN '{CONVERTED_ACTION}' WHEN final_score >= {HOT_FROM} THEN '{HOT_ACTION}'
    WHEN final_score >= {WARM_FROM} THEN '{WARM_ACTION}' ELSE '{COLD_ACTION}' END AS recommended_action,
  converted, converted_at, conversion_days, decided_at, score_before_outcome,
  CASE WHEN score_before_outcome IS NOT NULL THEN {category("score_before_outcome")} END AS category_before_outcome,
  source, first_touch_source, first_touch_at, last_touch_at
FROM scored JOIN bands ON bands.band = {band("final_score")}"""


FEATURE_COLUMNS = (
    *("lead_id", "as_of", "leads_snapshot", "source", "source_weight", "webinar_minutes", "questions_asked", "forms", "visits"),
    *("average_webinar_minutes", "past_events", "past_touches", "recency_days", "decayed_activity", "purchase_timeframe_days"),
    *("budget_low", "budget_high", "email_is_disposable", "device_interest", "city", "location_conversion_rate", "purchases"),
    *("purchase_frequency", "total_spend", "average_transaction_value", "days_since_last_purchase", "converted", "converted_at"),
    *("conversion_days", "decided_at", "city_when_decided"),
)


def write(connection: duckdb.DuckDBPyConnection, lake: Path, table: str, rows: str) -> None:
    (lake / table).mkdir(parents=True, exist_ok=True)
    connection.execute(f"COPY ({rows}) TO {quote(lake / table / 'part-00000.parquet')} ({PARQUET})")


def resolve_and_score(connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
    secret = quote(secrets.token_hex())
    connection.execute("SET GLOBAL preserve_insertion_order = false")
    connection.execute(f"CREATE TYPE source AS ENUM {SOURCE_NAMES}")
    connection.execute(f"SET VARIABLE as_of = TIMESTAMPTZ '{datetime.now(timezone.utc)}'")
    connection.execute(read_silver(lake))
    connection.execute(REPEATED)
    for name in ("crm_id", "phone"):
        connection.execute(OWNERS.format(name=name))
    connection.execute(EVENTS)
    connection.execute("DROP TABLE read")
    connection.execute(IDS.format(secret=secret))
    columns = ", ".join(LEAD_EVENT_COLUMNS)
    write(connection, lake, "silver/lead_events", f"SELECT {columns} FROM events JOIN ids USING (person)")
    for statement in (PURCHASES, by_day(), by_version(), SEVERAL, known()):
        connection.execute(statement)
    history = f"SELECT lead_id, valid_from, valid_to, valid_to IS NULL AS is_current, {', '.join(PROFILE)} FROM known"
    write(connection, lake, "silver/lead_history", history)
    for statement in (DECISIONS, ACTIVITY, TOUCHES, told_in(), LEADS):
        connection.execute(statement)
    write(connection, lake, "silver/leads", f"SELECT {', '.join(LEAD_COLUMNS)} FROM leads")
    for statement in (LOCATIONS, FEATURES, SCORED):
        connection.execute(statement)
    write(connection, lake, "features/leads", f"SELECT {', '.join(FEATURE_COLUMNS)} FROM features")
    write(connection, lake, "gold/lead_scores", SCORES)


def main() -> None:
    lake, domains = Path(sys.argv[1]), Path(sys.argv[2])
    connection = duckdb_silver.refine_all(lake, domains)
    mark("silver")
    resolve_and_score(connection, lake)


if __name__ == "__main__":
    main()
