-- Enrichment coverage
-- Of how many leads is known who they are and what they want?
--
-- Grain: day, measure. What was known at the end of each day of arrival. Rows without a day are about the last day.
--
-- day          date    Day of arrival
-- measure      string  demographic (name, city, and an address or phone), behavioural (a touch and an interest), complete (both)
-- value        double  Share of the leads
-- numerator    double  How many of them
-- denominator  double  Leads known by the end of the day
WITH known AS (
    SELECT valid_from,
           valid_to,
           CASE
               WHEN name IS NOT NULL AND city IS NOT NULL AND (email IS NOT NULL OR phone IS NOT NULL) THEN 1
               ELSE 0
           END AS demographic,
           CASE
               WHEN webinars + forms + visits > 0
                   AND (
                       device_interest IS NOT NULL
                       OR budget_low IS NOT NULL
                       OR budget_high IS NOT NULL
                       OR purchase_timeframe_days IS NOT NULL
                   )
               THEN 1
               ELSE 0
           END AS behavioural
    FROM silver_lead_history
    WHERE valid_from <= :to_day
),
changes AS (
    SELECT valid_from AS day, 1 AS leads, demographic, behavioural, demographic * behavioural AS complete
    FROM known
    UNION ALL
    SELECT valid_to, -1, -demographic, -behavioural, -demographic * behavioural
    FROM known
    WHERE valid_to <= :to_day
    UNION ALL
    SELECT CAST(day AS date), 0, 0, 0, 0
    FROM UNNEST(sequence(:from_day, :to_day, INTERVAL '1' DAY)) AS t(day)
),
changes_by_day AS (
    SELECT day,
           sum(leads) AS leads,
           sum(demographic) AS demographic,
           sum(behavioural) AS behavioural,
           sum(complete) AS complete
    FROM changes
    GROUP BY day
),
states AS (
    SELECT day,
           sum(leads) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS leads,
           sum(demographic) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS demographic,
           sum(behavioural) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS behavioural,
           sum(complete) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS complete
    FROM changes_by_day
),
asked AS (
    SELECT day, leads, demographic, behavioural, complete
    FROM states
    WHERE day >= :from_day AND leads > 0
    UNION ALL
    SELECT CAST(NULL AS date), leads, demographic, behavioural, complete
    FROM states
    WHERE day = :to_day AND leads > 0
),
amounts AS (
    SELECT day, 'complete' AS measure, complete AS amount, leads FROM asked
    UNION ALL
    SELECT day, 'demographic', demographic, leads FROM asked
    UNION ALL
    SELECT day, 'behavioural', behavioural, leads FROM asked
)
SELECT day,
       measure,
       CAST(amount AS double) / CAST(leads AS double) AS value,
       CAST(amount AS double) AS numerator,
       CAST(leads AS double) AS denominator
FROM amounts
