WITH cuts AS (
    SELECT kpi, measure, date, cut, is_latest, value, changed_because, detail, computed_at,
           element_at(dimensions, 'source') AS source,
           element_at(dimensions, 'field') AS field,
           element_at(dimensions, 'band') AS band
    FROM gold_kpi
    WHERE cut >= 1
),
changes AS (
    SELECT cuts.*,
           lag(value) OVER (PARTITION BY kpi, measure, date, source, field, band ORDER BY cut) AS value_before
    FROM cuts
)
SELECT kpi, measure, date, value, value_before, changed_because, detail, computed_at, source, field, band,
       count(*) OVER () AS corrections
FROM changes
WHERE cut >= 2
    AND is_latest
    -- Else only its parts have changed.
    AND (abs(value - value_before) > 1E-9 OR (value IS NULL) <> (value_before IS NULL))
ORDER BY computed_at DESC, date DESC, kpi, measure, source, field, band
LIMIT 20
