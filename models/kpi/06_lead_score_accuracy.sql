-- Lead score accuracy
-- How well did score and probability, as they stood just before the outcome, foretell it?
--
-- Grain: day, measure. A day is about the leads decided in the 28 days up to it. Rows without a day are about
-- those decided within the range.
--
-- day          date    Last of the 28 days
-- measure      string  auc (by score), log_loss, brier, calibration_error (by probability), decided (how many leads)
-- value        double  The measure; auc is empty where all leads fared alike
-- numerator    double  For decided the same, else empty
-- denominator  double  Empty: it is no share
WITH decided AS (
    SELECT CAST(decided_at AS date) AS decided_day,
           CAST(score_before_outcome AS double) AS score,
           least(greatest(probability_before_outcome, 1E-15), 1E0 - 1E-15) AS probability,
           CASE WHEN converted_at <= :as_of THEN 1E0 ELSE 0E0 END AS converted
    FROM gold_lead_scores
    WHERE decided_at <= :as_of AND CAST(decided_at AS date) <= :to_day
),
alike AS (
    SELECT decided_day,
           score,
           least(floor(probability * 10), 9E0) AS bin,
           CAST(count(*) AS double) AS leads,
           sum(converted) AS converted,
           sum(probability) AS probability,
           sum(-ln(CASE WHEN converted > 0 THEN probability ELSE 1E0 - probability END)) AS surprise,
           sum((probability - converted) * (probability - converted)) AS squared_error
    FROM decided
    GROUP BY decided_day, score, least(floor(probability * 10), 9E0)
),
spans AS (
    SELECT decided_day, CAST(decided_day + INTERVAL '27' DAY AS date) AS last_day, score, bin,
           leads, converted, probability, surprise, squared_error
    FROM alike
),
looked_back AS (
    SELECT CAST(day AS date) AS day, score, bin, leads, converted, probability, surprise, squared_error
    FROM spans
    CROSS JOIN UNNEST(sequence(decided_day, last_day, INTERVAL '1' DAY)) AS t(day)
),
windows AS (
    SELECT day, score, bin, leads, converted, probability, surprise, squared_error
    FROM looked_back
    WHERE day BETWEEN :from_day AND :to_day
    UNION ALL
    SELECT CAST(NULL AS date), score, bin, leads, converted, probability, surprise, squared_error
    FROM alike
    WHERE decided_day >= :from_day
),
by_score AS (
    SELECT day, score, sum(converted) AS converted, sum(leads - converted) AS lost
    FROM windows
    GROUP BY day, score
),
pairs AS (
    SELECT day,
           converted,
           lost,
           sum(lost) OVER (
               PARTITION BY day ORDER BY score ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) - lost AS lost_below
    FROM by_score
),
discrimination AS (
    SELECT day,
           sum(converted * (lost_below + lost / 2E0)) / nullif(sum(converted) * sum(lost), 0E0) AS auc
    FROM pairs
    GROUP BY day
),
bins AS (
    SELECT day, bin, sum(leads) AS leads, abs(sum(probability) - sum(converted)) AS distance
    FROM windows
    GROUP BY day, bin
),
calibration AS (
    SELECT day, sum(distance) / sum(leads) AS calibration_error
    FROM bins
    GROUP BY day
),
errors AS (
    SELECT day,
           sum(leads) AS leads,
           sum(surprise) / sum(leads) AS log_loss,
           sum(squared_error) / sum(leads) AS brier
    FROM windows
    GROUP BY day
),
measures AS (
    SELECT day, 'auc' AS measure, auc AS value, CAST(NULL AS double) AS numerator FROM discrimination
    UNION ALL
    SELECT day, 'log_loss', log_loss, CAST(NULL AS double) FROM errors
    UNION ALL
    SELECT day, 'brier', brier, CAST(NULL AS double) FROM errors
    UNION ALL
    SELECT day, 'calibration_error', calibration_error, CAST(NULL AS double) FROM calibration
    UNION ALL
    SELECT day, 'decided', leads AS value, leads AS numerator FROM errors
)
SELECT day,
       measure,
       CAST(value AS double) AS value,
       CAST(numerator AS double) AS numerator,
       CAST(NULL AS double) AS denominator
FROM measures
