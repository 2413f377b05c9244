-- Views over external tables need the right to use the external schema from who asks, and not only from who made them.
CREATE SCHEMA IF NOT EXISTS mart;
GRANT USAGE ON SCHEMA mart TO ROLE analyst, ROLE scientist;
GRANT USAGE ON SCHEMA lake TO ROLE analyst, ROLE scientist;
GRANT USAGE ON SCHEMA features TO ROLE scientist;
-- Everybody may make tables in public otherwise, which nobody would find or clean up.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
