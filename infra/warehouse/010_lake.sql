-- The tables of gold and the ledger, as Glue has them. What may be read of them is what the role may read: no table with
-- personal columns. Spectrum reads their files as they are: Parquet with zstd, decimals, and timestamps in UTC without a zone.
CREATE EXTERNAL SCHEMA IF NOT EXISTS lake
FROM DATA CATALOG
DATABASE '{{glue_database}}'
IAM_ROLE '{{lake_role}}';
