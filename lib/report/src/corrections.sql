SELECT kpi, measure, date, value, change, changed_because, detail, computed_at,
       element_at(dimensions, 'source') AS source,
       element_at(dimensions, 'field') AS field,
       element_at(dimensions, 'band') AS band
FROM gold_kpi
WHERE cut >= 2 AND is_latest
ORDER BY computed_at DESC, date DESC, kpi, measure
LIMIT 20
