"""Who is whose event and what was known of each lead when, for duckdb_people.py, which says what was tried and what is left out."""

from pathlib import Path

from duckdb_silver import quote
from rules import (
    IGNORES_AFTER_PLUS,
    IGNORES_DOTS,
    MAIN_CURRENCY,
    SAME_PROVIDER,
    SOURCE_NAMES,
)

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
            f"""SELECT '{source}'::source AS source, {", ".join((*EVERYWHERE, *columns))},
              CASE WHEN email IS NOT NULL THEN hash({canonical_email()}) END AS person
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
SELECT read.* REPLACE (
    coalesce(read.person, crm_id_owners.person, phone_owners.person, hash(coalesce(read.crm_id, read.phone))) AS person
  ),
  seq::INT AS seq, source::VARCHAR || '/' || event_id AS event, hash(email) AS email_hash, hash(read.phone) AS phone_hash,
  hash(read.crm_id) AS crm_id_hash, 1 << enum_code(source)::INT AS source_bit, outcome IS NULL AND transaction_id IS NULL AS is_touch
FROM ordered JOIN read ON read.rowid = place
LEFT JOIN crm_id_owners ON read.email IS NULL AND read.crm_id = crm_id_owners.crm_id
LEFT JOIN phone_owners ON read.email IS NULL AND read.phone = phone_owners.phone"""

IDS = """
CREATE TABLE ids AS
SELECT person, 'lead-' || left(md5({secret} || coalesce(any_value(email), any_value(crm_id), any_value(phone))), 24) AS lead_id
FROM events GROUP BY person"""

# Every name under which a lead can be found.
ALIASES = " UNION ALL ".join(
    f"""SELECT 'lead-' || left(md5({{secret}} || {name}), 24) AS alias_id, lead_id, '{name}' AS kind
    FROM (SELECT DISTINCT person, {name} FROM events WHERE {name} IS NOT NULL) JOIN ids USING (person)"""
    for name in LISTS
)

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
    none, one = f"{name} IS NULL THEN []::VARCHAR[]", f"min_{name} = max_{name} THEN [{name}]"
    return f"CASE WHEN {none} WHEN {one} ELSE several_{name}s END AS {name}s"


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
        *("budget_low", "budget_high"),
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
