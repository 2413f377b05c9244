"""Leads, features and scores, for duckdb_people.py, which says what was tried and what is left out."""

from duckdb_known import BUDGET_TOLD, DAY, EVENT_OF, MONEY, POINTS, PROFILE, days
from duckdb_silver import quote
from rules import (
    BAND_SHRINKAGE,
    BANDS_FROM,
    CITIES,
    COLD_ACTION,
    CONVERTED_ACTION,
    DISPOSABLE_POINTS,
    FREQUENCY_DAYS,
    HALF_LIFE_DAYS,
    HOT_ACTION,
    HOT_FROM,
    LOCATION_SHRINKAGE,
    LOST_ACTION,
    MOST_FORMS,
    MOST_QUESTIONS,
    MOST_VISITS,
    MOST_WEBINARS,
    POINTS_PER_WEBINAR_MINUTE,
    PRIOR,
    RULES_VERSION,
    SOURCE_NAMES,
    SOURCE_WEIGHTS,
    TIMEFRAME_POINTS,
    TIMEFRAME_WITHIN_DAYS,
    WARM_ACTION,
    WARM_FROM,
)

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
SELECT person, sum(minutes)::BIGINT AS webinar_minutes, sum(minutes_before)::BIGINT AS minutes_before,
  sum(questions)::BIGINT AS questions_asked, sum(forms)::BIGINT AS forms, sum(visits)::BIGINT AS visits,
  sum(decayed) AS decayed_activity
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


def city_key(city: str) -> str:
    written = f"lower(trim({city}))"
    cases = " ".join(f"WHEN '{name}' THEN '{usual}'" for name, usual in CITIES.items())
    return f"CASE {written} {cases} ELSE {written} END"


LOCATIONS = f"""
CREATE TABLE locations AS
SELECT {city_key("city_when_decided")} AS city, count(*) AS decided, count(converted_at) AS converted
FROM decisions WHERE city_when_decided IS NOT NULL GROUP BY ALL"""

# The decision of the lead itself is left out of the rates.
FEATURES = f"""
CREATE TABLE features AS
WITH rates AS (
  SELECT leads.person, decisions.decided_at, decisions.city_when_decided,
    (decisions.decided_at IS NOT NULL)::INT AS own, (decisions.converted_at IS NOT NULL)::INT AS own_converted,
    coalesce({city_key("city_when_decided")} = {city_key("leads.city")}, false)::INT AS is_of_city,
    (everybody.converted - own_converted) / nullif(everybody.decided - own, 0) AS overall,
    CASE WHEN leads.city IS NULL THEN overall
      ELSE (coalesce(locations.converted, 0) - own_converted * is_of_city + {LOCATION_SHRINKAGE} * overall)
        / (coalesce(locations.decided, 0) - own * is_of_city + {LOCATION_SHRINKAGE}) END AS location_conversion_rate
  FROM leads LEFT JOIN decisions USING (person) LEFT JOIN locations ON locations.city = {city_key("leads.city")}
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
  {days("last_purchase_at", "getvariable('as_of')")} AS days_since_last_purchase, outcome, converted, converted_at,
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
  (for_timeframe + for_disposable)::{POINTS} AS intent_score,
  (source_weight + engagement_score + intent_score)::{POINTS} AS final_score,
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
      ELSE (coalesce(learned.converted, 0) + {BAND_SHRINKAGE} * rate) / (coalesce(learned.decided, 0) + {BAND_SHRINKAGE})
      END AS probability,
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
  CASE WHEN converted THEN '{CONVERTED_ACTION}' WHEN outcome = 'lost' THEN '{LOST_ACTION}'
    WHEN final_score >= {HOT_FROM} THEN '{HOT_ACTION}'
    WHEN final_score >= {WARM_FROM} THEN '{WARM_ACTION}' ELSE '{COLD_ACTION}' END AS recommended_action,
  outcome, converted, converted_at, conversion_days, decided_at, score_before_outcome,
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
