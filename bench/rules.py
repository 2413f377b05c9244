"""What both rivals have to know of the shared columns of all sources and of scoring.yaml.

Written out by hand, as the contracts are in sources.py: when it no longer agrees with the lake, the sums over all leads differ.
"""

# Alphabetical, since events of one instant are taken in this order.
SOURCE_NAMES = ("crm", "online", "roadshow", "transactions", "webinar")

IDENTITY_COLUMNS = ("email", "email_is_disposable", "phone", "name", "city", "crm_id")
LEAD_EVENT_COLUMNS = (
    *("lead_id", "source", "event_id", "event_type", "event_time", "dt", "arrived_at"),
    *IDENTITY_COLUMNS,
    *("device_interest", "webinar_id", "duration_minutes", "questions_asked", "form_id", "budget_low", "budget_high"),
    *("purchase_timeframe_days", "utm_source", "outcome", "revenue", "currency", "reason"),
    *("transaction_id", "product_id", "quantity", "price", "status"),
)

MAIN_CURRENCY = "INR"
# Providers that deliver whatever stands behind a plus sign, or between dots, to the same mailbox.
IGNORES_DOTS = ("gmail.com", "googlemail.com", "proton.me", "protonmail.com", "pm.me")
IGNORES_AFTER_PLUS = (
    *IGNORES_DOTS,
    *("outlook.com", "outlook.in", "hotmail.com", "hotmail.co.in", "hotmail.co.uk", "live.com", "live.in", "msn.com"),
    *("icloud.com", "me.com", "mac.com", "fastmail.com", "fastmail.fm"),
)
SAME_PROVIDER = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
}

RULES_VERSION = "rules-1"
SOURCE_WEIGHTS = {"roadshow": 30, "webinar": 20, "online": 10}
POINTS_PER_WEBINAR_MINUTE = 1.5
MOST_WEBINARS, MOST_QUESTIONS, MOST_FORMS, MOST_VISITS = 3, 10, 3, 1
TIMEFRAME_WITHIN_DAYS, TIMEFRAME_POINTS = 30, 30
DISPOSABLE_POINTS = -20
HALF_LIFE_DAYS = 14
HOT_FROM, WARM_FROM = 80, 40
HOT_ACTION, WARM_ACTION, COLD_ACTION = "call within 1 hour", "call within 2 days", "keep informed by email"
CONVERTED_ACTION, LOST_ACTION = "thank for the purchase", "ask again in 3 months"
BANDS_FROM = (0, 20, 40, 60, 80, 100, 140)
BAND_SHRINKAGE, PRIOR = 20, 0.1
LOCATION_SHRINKAGE = 50
FREQUENCY_DAYS = 30

# Other names and usual spellings of cities.
CITIES = {
    **dict.fromkeys(("bangalore", "banglore", "bangalor"), "bengaluru"),
    **{"bombay": "mumbai", "madras": "chennai", "calcutta": "kolkata", "poona": "pune", "gurgaon": "gurugram", "cochin": "kochi"},
    **{"mysore": "mysuru", "trivandrum": "thiruvananthapuram", "vizag": "visakhapatnam", "amdavad": "ahmedabad"},
    **{"new delhi": "delhi", "banaras": "varanasi", "baroda": "vadodara", "allahabad": "prayagraj", "mangalore": "mangaluru"},
    **{"hubli": "hubballi", "belgaum": "belagavi", "calicut": "kozhikode", "trichur": "thrissur", "trichy": "tiruchirappalli"},
    **{"pondicherry": "puducherry", "cawnpore": "kanpur", "gauhati": "guwahati"},
}
