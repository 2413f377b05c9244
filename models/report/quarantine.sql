-- Quarantine
-- Why were records refused that arrived within the range?
--
-- Grain: source, code.
--
-- source   string  Where the records came from
-- code     string  Why they were refused, as a stable code
-- records  bigint  How many
WITH refused AS (
    SELECT source, code, element_at(refused_by_code, code) AS records
    FROM (SELECT source, refused_by_code FROM ops_ledger WHERE dt BETWEEN :from_day AND :to_day) AS objects
    CROSS JOIN UNNEST(map_keys(refused_by_code)) AS t(code)
)
SELECT source, code, CAST(sum(records) AS bigint) AS records
FROM refused
GROUP BY source, code
