-- Redshift gives it to whoever comes under an IAM role with the tag RedshiftDbRoles = analyst.
CREATE ROLE analyst;
