-- Score bands
-- How often do leads convert, by the score they had just before they were decided?
--
-- Grain: band_from. Leads decided within the range, in bands of 20 points.
--
-- band_from        double  Where the band begins; empty for scores below zero
-- decided          bigint  Leads that converted or were lost
-- converted        bigint  Those that converted
-- conversion_rate  double  Their share
WITH decided AS (
    SELECT CASE WHEN score_before_outcome >= 0 THEN floor(CAST(score_before_outcome AS double) / 20) * 20 END AS band_from,
           CASE WHEN converted_at <= :as_of THEN 1 ELSE 0 END AS converted
    FROM gold_lead_scores
    WHERE decided_at <= :as_of AND CAST(decided_at AS date) BETWEEN :from_day AND :to_day
)
SELECT band_from,
       count(*) AS decided,
       CAST(sum(converted) AS bigint) AS converted,
       CAST(sum(converted) AS double) / CAST(count(*) AS double) AS conversion_rate
FROM decided
GROUP BY band_from
