-- Removes the demo, and nothing else: the infrastructure of setup.py stays, a source that is not simulated is not touched,
-- and a schema that holds anything more than the demo's objects is left: of a table or a view this file sees it; of a
-- stage, stream, task and the like Python's cleanup does, and leaves the step of that schema out. Repeatable.

-- Step: TASK <% database %>.<% schema %>.CONSTITUENTS_MIRROR_TASK
DROP TASK IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_MIRROR_TASK;

-- Step: TASK <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_TASK
DROP TASK IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_TASK;

-- Step: STREAM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM
DROP STREAM IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM;

-- Step: ICEBERG TABLE <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG
DROP ICEBERG TABLE IF EXISTS <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG;

-- Step: TASK <% database %>.<% schema %>.CONSTITUENTS_AUDIT_TASK
DROP TASK IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_AUDIT_TASK;

-- Step: STREAM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM
DROP STREAM IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM;

-- Step: TASK <% database %>.<% schema %>.NAIVE_TWIN_TASK
DROP TASK IF EXISTS <% database %>.<% schema %>.NAIVE_TWIN_TASK;

-- Step: STREAM <% database %>.<% schema %>.NAIVE_TWIN_STREAM
DROP STREAM IF EXISTS <% database %>.<% schema %>.NAIVE_TWIN_STREAM;

-- Step: TABLE <% database %>.<% schema %>.NAIVE_TWIN
DROP TABLE IF EXISTS <% database %>.<% schema %>.NAIVE_TWIN;

-- Step: TABLE <% database %>.<% schema %>.CONSTITUENTS_MIRROR
DROP TABLE IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_MIRROR;

-- Step: STAGE <% database %>.<% schema %>.<% stage %>
DROP STAGE IF EXISTS <% database %>.<% schema %>.<% stage %>;

-- Step: FILE FORMAT <% database %>.<% schema %>.AUDIT_FORMAT
DROP FILE FORMAT IF EXISTS <% database %>.<% schema %>.AUDIT_FORMAT;

-- Step: warehouse
USE WAREHOUSE <% monitoring_warehouse %>;

-- Step: removal of SCHEMA <% database %>.<% schema %>
EXECUTE IMMEDIATE
$$
DECLARE
  ours INTEGER;
  others INTEGER;
BEGIN
  SELECT COUNT(*) INTO :ours FROM <% database %>.INFORMATION_SCHEMA.SCHEMATA
  WHERE SCHEMA_NAME = '<% schema %>' AND ENDSWITH(COMMENT, '<% stamp %>');
  SELECT COUNT(*) INTO :others FROM <% database %>.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '<% schema %>';
  IF (ours > 0 AND others = 0) THEN
    DROP SCHEMA IF EXISTS <% database %>.<% schema %>;
  END IF;
  RETURN 'removed';
END;
$$;

-- Step: removal of SCHEMA <% database %>.<% iceberg_schema %>
EXECUTE IMMEDIATE
$$
DECLARE
  ours INTEGER;
  others INTEGER;
BEGIN
  SELECT COUNT(*) INTO :ours FROM <% database %>.INFORMATION_SCHEMA.SCHEMATA
  WHERE SCHEMA_NAME = '<% iceberg_schema %>' AND ENDSWITH(COMMENT, '<% stamp %>');
  SELECT COUNT(*) INTO :others FROM <% database %>.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '<% iceberg_schema %>';
  IF (ours > 0 AND others = 0) THEN
    DROP SCHEMA IF EXISTS <% database %>.<% iceberg_schema %>;
  END IF;
  RETURN 'removed';
END;
$$;

-- Step: removal of DATABASE <% simulated_database %>
EXECUTE IMMEDIATE
$$
DECLARE
  ours INTEGER;
BEGIN
  SELECT COUNT(*) INTO :ours FROM <% database %>.INFORMATION_SCHEMA.DATABASES
  WHERE DATABASE_NAME = '<% simulated_database %>' AND ENDSWITH(COMMENT, '<% stamp %>');
  IF (ours > 0) THEN
    DROP DATABASE IF EXISTS <% simulated_database %>;
  END IF;
  RETURN 'removed';
END;
$$;
