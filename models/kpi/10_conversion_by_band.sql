-- Conversion rate by score band
-- Do leads of higher bands convert more often?
--
-- Grain: day, measure, band. lift and in_order of a day are about the leads decided in the 28 days up to it.
-- Rows without a day are about those decided within the range; of_all_leads about all leads.
--
-- day          date    Day of the decision: converted or lost
-- measure      string  conversion_rate, lift (rate of HOT / rate of all), in_order (1: HOT above WARM above COLD, else 0), of_all_leads
-- band         string  HOT, WARM or COLD just before the outcome; for of_all_leads else as it is now. Empty for all bands together
-- value        double  The measure; in_order is empty where only one band has decided leads
-- numerator    double  How many converted; for lift the rate of HOT
-- denominator  double  How many leads; for lift the rate of all
WITH leads AS (
    SELECT CASE WHEN decided_at <= :as_of THEN CAST(decided_at AS date) END AS decided_day,
           coalesce(category_before_outcome, lead_category) AS band,
           CASE WHEN converted_at <= :as_of THEN 1 ELSE 0 END AS converted
    FROM gold_lead_scores
),
decided AS (
    SELECT decided_day, band, count(*) AS leads, sum(converted) AS converted
    FROM leads
    WHERE decided_day <= :to_day
    GROUP BY decided_day, band
),
rates AS (
    SELECT decided_day AS day, band, sum(leads) AS leads, sum(converted) AS converted
    FROM decided
    WHERE decided_day >= :from_day
    GROUP BY GROUPING SETS ((decided_day, band), (decided_day), (band), ())
    HAVING sum(leads) > 0
),
rates_of_all AS (
    SELECT band, count(*) AS leads, sum(converted) AS converted
    FROM leads
    GROUP BY GROUPING SETS ((band), ())
    HAVING count(*) > 0
),
spans AS (
    SELECT decided_day, CAST(decided_day + INTERVAL '27' DAY AS date) AS last_day, band, leads, converted
    FROM decided
),
looked_back AS (
    SELECT CAST(day AS date) AS day, band, leads, converted
    FROM spans
    CROSS JOIN UNNEST(sequence(decided_day, last_day, INTERVAL '1' DAY)) AS t(day)
),
windows AS (
    SELECT day, band, leads, converted
    FROM looked_back
    WHERE day BETWEEN :from_day AND :to_day
    UNION ALL
    SELECT CAST(NULL AS date), band, leads, converted
    FROM decided
    WHERE decided_day >= :from_day
),
bands AS (
    SELECT day,
           CAST(sum(converted) AS double) / CAST(sum(leads) AS double) AS all_bands,
           CAST(sum(converted) FILTER (WHERE band = 'HOT') AS double)
               / CAST(sum(leads) FILTER (WHERE band = 'HOT') AS double) AS hot,
           CAST(sum(converted) FILTER (WHERE band = 'WARM') AS double)
               / CAST(sum(leads) FILTER (WHERE band = 'WARM') AS double) AS warm,
           CAST(sum(converted) FILTER (WHERE band = 'COLD') AS double)
               / CAST(sum(leads) FILTER (WHERE band = 'COLD') AS double) AS cold
    FROM windows
    GROUP BY day
),
orders AS (
    SELECT day,
           CASE
               WHEN coalesce(hot, warm) IS NULL OR coalesce(hot, cold) IS NULL OR coalesce(warm, cold) IS NULL THEN NULL
               WHEN hot <= warm OR warm <= cold OR hot <= cold THEN 0E0
               ELSE 1E0
           END AS in_order
    FROM bands
)
SELECT day,
       'conversion_rate' AS measure,
       band,
       CAST(converted AS double) / CAST(leads AS double) AS value,
       CAST(converted AS double) AS numerator,
       CAST(leads AS double) AS denominator
FROM rates
UNION ALL
SELECT CAST(NULL AS date),
       'of_all_leads',
       band,
       CAST(converted AS double) / CAST(leads AS double),
       CAST(converted AS double),
       CAST(leads AS double)
FROM rates_of_all
UNION ALL
SELECT day, 'lift', CAST(NULL AS varchar), hot / nullif(all_bands, 0E0), hot, all_bands
FROM bands
UNION ALL
SELECT day, 'in_order', CAST(NULL AS varchar), in_order, CAST(NULL AS double), CAST(NULL AS double)
FROM orders
