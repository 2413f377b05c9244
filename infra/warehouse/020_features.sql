-- The same database under another role, which reads features only. Rights to external tables are rights to their schema.
CREATE EXTERNAL SCHEMA IF NOT EXISTS features
FROM DATA CATALOG
DATABASE '{{glue_database}}'
IAM_ROLE '{{features_role}}';
