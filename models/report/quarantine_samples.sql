-- Quarantine samples
-- What do refused records look like?
--
-- Grain: a refused record. The first three of each code that arrived within the range.
--
-- code         string  Why it was refused, as a stable code
-- source       string  Where it came from
-- path         string  Where in the record, as JSON path
-- expected     string  What the contract asks for
-- actual       string  What was there, shortened
-- original     string  The record as it was written
-- object_key   string  The bronze object it came in
-- object_line  bigint  The line of that object, from 1
WITH placed AS (
    SELECT code, source, path, expected, actual, original, object_key, object_line,
           row_number() OVER (PARTITION BY code ORDER BY dt, object_key, object_line, byte_offset) AS place
    FROM quarantine_records
    WHERE dt BETWEEN :from_day AND :to_day
)
SELECT code, source, path, expected, actual, from_utf8(original) AS original, object_key, object_line
FROM placed
WHERE place <= 3
