-- The demo's place in the infrastructure of setup.py: two schemas, a stage for audit files, the format to read them with.
-- Repeatable. Python runs this file and a worksheet takes it after `render`.

-- Step: warehouse
USE WAREHOUSE <% warehouse %>;

-- Step: SCHEMA <% database %>.<% schema %>
CREATE OR ALTER SCHEMA <% database %>.<% schema %>
  COMMENT = 'Streams, tasks and audit files of the FACTSET ETF demo. <% stamp %>';

-- Step: SCHEMA <% database %>.<% iceberg_schema %>
CREATE OR ALTER SCHEMA <% database %>.<% iceberg_schema %>
  COMMENT = 'Current state of the FACTSET ETF demo, as Iceberg. <% stamp %>';

-- Step: STAGE <% database %>.<% schema %>.<% stage %>
CREATE OR ALTER STAGE <% database %>.<% schema %>.<% stage %>
  ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')
  DIRECTORY = (ENABLE = TRUE)
  COMMENT = 'Audit trail: every change of every constituent, as Parquet. <% stamp %>';

-- Step: FILE FORMAT <% database %>.<% schema %>.AUDIT_FORMAT
CREATE OR ALTER FILE FORMAT <% database %>.<% schema %>.AUDIT_FORMAT
  TYPE = PARQUET
  BINARY_AS_TEXT = FALSE
  USE_LOGICAL_TYPE = TRUE
  COMMENT = 'Reads the audit files: dates and timestamps keep their types. <% stamp %>';

-- Step: grants
-- Whoever deploys owns all of this. The role that runs and repairs the pipelines gets what that takes, where it exists.
EXECUTE IMMEDIATE
$$
BEGIN
  GRANT USAGE ON SCHEMA <% database %>.<% schema %> TO ROLE <% role %>;
  GRANT USAGE ON SCHEMA <% database %>.<% iceberg_schema %> TO ROLE <% role %>;
  GRANT READ, WRITE ON STAGE <% database %>.<% schema %>.<% stage %> TO ROLE <% role %>;
  GRANT USAGE ON FILE FORMAT <% database %>.<% schema %>.AUDIT_FORMAT TO ROLE <% role %>;
  RETURN 'granted';
<% unless_there_is_no_role %>
END;
$$;
