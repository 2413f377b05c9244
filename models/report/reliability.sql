-- Reliability
-- Of leads that were given a probability of so much, how many did convert?
--
-- Grain: bin. Leads decided within the range, by the probability they had just before.
--
-- bin        bigint  0 for probabilities below 0.1, and so on; 9 for 0.9 and more
-- decided    bigint  Leads that converted or were lost
-- predicted  double  Mean of their probabilities
-- observed   double  Share of them that converted
WITH decided AS (
    SELECT least(floor(probability_before_outcome * 10), 9E0) AS bin,
           probability_before_outcome AS probability,
           CASE WHEN converted_at <= :as_of THEN 1 ELSE 0 END AS converted
    FROM gold_lead_scores
    WHERE decided_at <= :as_of AND CAST(decided_at AS date) BETWEEN :from_day AND :to_day
)
SELECT CAST(bin AS bigint) AS bin,
       count(*) AS decided,
       avg(probability) AS predicted,
       CAST(sum(converted) AS double) / CAST(count(*) AS double) AS observed
FROM decided
GROUP BY bin
