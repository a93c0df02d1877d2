-- The source where the share has no change tracking: a mirror of it in our own database, and a task that keeps it in step.
-- The mirror has one row a key: of duplicates in the share, the one with the newest LOAD_TIMESTAMP.
-- Repeatable: a mirror that is there keeps its rows, and so its streams keep their offsets.

-- Step: warehouse
USE WAREHOUSE <% warehouse %>;

-- Step: TABLE <% database %>.<% schema %>.CONSTITUENTS_MIRROR
CREATE TABLE IF NOT EXISTS <% database %>.<% schema %>.CONSTITUENTS_MIRROR (
  FUND_ID VARCHAR,
  TICKER VARCHAR,
  CONSTITUENT_NAME VARCHAR,
  WEIGHT NUMBER(18, 6),
  SHARES NUMBER(18, 2),
  MARKET_VALUE NUMBER(18, 2),
  SECTOR VARCHAR,
  INDUSTRY VARCHAR,
  COUNTRY VARCHAR,
  AS_OF_DATE DATE,
  LOAD_TIMESTAMP TIMESTAMP_NTZ
)
  CHANGE_TRACKING = TRUE
  COMMENT = 'Mirror of <% source_database %>.<% source_schema %>.<% source_table %>, which has no change tracking. <% stamp %>';

-- Step: first rows, so that the streams begin with them
INSERT INTO <% database %>.<% schema %>.CONSTITUENTS_MIRROR (
  FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE, LOAD_TIMESTAMP
)
SELECT
  FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE, LOAD_TIMESTAMP
FROM <% source_database %>.<% source_schema %>.<% source_table %>
WHERE NOT EXISTS (SELECT 1 FROM <% database %>.<% schema %>.CONSTITUENTS_MIRROR)
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY FUND_ID, TICKER, AS_OF_DATE
  ORDER BY LOAD_TIMESTAMP DESC NULLS LAST, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY
) = 1;

-- Step: suspension, since a started task cannot be altered
ALTER TASK IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_MIRROR_TASK SUSPEND;

-- Step: TASK <% database %>.<% schema %>.CONSTITUENTS_MIRROR_TASK
CREATE OR ALTER TASK <% database %>.<% schema %>.CONSTITUENTS_MIRROR_TASK
  WAREHOUSE = <% warehouse %>
  SCHEDULE = '<% mirror_minutes %> MINUTES'
  QUERY_TAG = <% query_tag %>
  SUSPEND_TASK_AFTER_NUM_FAILURES = 3
  COMMENT = 'Applies to the mirror what differs in the share, in one transaction. <% stamp %>'
AS
EXECUTE IMMEDIATE
$$
DECLARE
  deleted INTEGER;
  merged INTEGER;
  summary VARCHAR;
BEGIN
  BEGIN TRANSACTION;

  DELETE FROM <% database %>.<% schema %>.CONSTITUENTS_MIRROR AS mirror
  USING (
    SELECT FUND_ID, TICKER, AS_OF_DATE FROM <% database %>.<% schema %>.CONSTITUENTS_MIRROR
    MINUS
    SELECT FUND_ID, TICKER, AS_OF_DATE FROM <% source_database %>.<% source_schema %>.<% source_table %>
  ) AS gone
  WHERE EQUAL_NULL(mirror.FUND_ID, gone.FUND_ID)
    AND EQUAL_NULL(mirror.TICKER, gone.TICKER)
    AND EQUAL_NULL(mirror.AS_OF_DATE, gone.AS_OF_DATE);
  deleted := SQLROWCOUNT;

  MERGE INTO <% database %>.<% schema %>.CONSTITUENTS_MIRROR AS mirror
  USING (
    SELECT
      FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
      LOAD_TIMESTAMP
    FROM <% source_database %>.<% source_schema %>.<% source_table %>
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY FUND_ID, TICKER, AS_OF_DATE
      ORDER BY LOAD_TIMESTAMP DESC NULLS LAST, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY
    ) = 1
  ) AS source
  ON EQUAL_NULL(mirror.FUND_ID, source.FUND_ID)
    AND EQUAL_NULL(mirror.TICKER, source.TICKER)
    AND EQUAL_NULL(mirror.AS_OF_DATE, source.AS_OF_DATE)
  -- Only real differences: an update that changes nothing would be a change to every stream.
  WHEN MATCHED AND NOT (
    EQUAL_NULL(mirror.CONSTITUENT_NAME, source.CONSTITUENT_NAME)
    AND EQUAL_NULL(mirror.WEIGHT, source.WEIGHT)
    AND EQUAL_NULL(mirror.SHARES, source.SHARES)
    AND EQUAL_NULL(mirror.MARKET_VALUE, source.MARKET_VALUE)
    AND EQUAL_NULL(mirror.SECTOR, source.SECTOR)
    AND EQUAL_NULL(mirror.INDUSTRY, source.INDUSTRY)
    AND EQUAL_NULL(mirror.COUNTRY, source.COUNTRY)
    AND EQUAL_NULL(mirror.LOAD_TIMESTAMP, source.LOAD_TIMESTAMP)
  ) THEN UPDATE SET
    CONSTITUENT_NAME = source.CONSTITUENT_NAME,
    WEIGHT = source.WEIGHT,
    SHARES = source.SHARES,
    MARKET_VALUE = source.MARKET_VALUE,
    SECTOR = source.SECTOR,
    INDUSTRY = source.INDUSTRY,
    COUNTRY = source.COUNTRY,
    LOAD_TIMESTAMP = source.LOAD_TIMESTAMP
  WHEN NOT MATCHED THEN INSERT (
    FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
    LOAD_TIMESTAMP
  ) VALUES (
    source.FUND_ID, source.TICKER, source.CONSTITUENT_NAME, source.WEIGHT, source.SHARES, source.MARKET_VALUE,
    source.SECTOR, source.INDUSTRY, source.COUNTRY, source.AS_OF_DATE, source.LOAD_TIMESTAMP
  );
  merged := SQLROWCOUNT;

  COMMIT;

  -- SYSTEM$SET_RETURN_VALUE takes a literal and no expression. The rows are committed: nothing is to fail for their counts.
  BEGIN
    summary := '{"deleted": ' || deleted::VARCHAR || ', "merged": ' || merged::VARCHAR || '}';
    EXECUTE IMMEDIATE 'CALL SYSTEM$SET_RETURN_VALUE(''' || :summary || ''')';
  EXCEPTION
    WHEN OTHER THEN
      NULL;
  END;
EXCEPTION
  WHEN OTHER THEN
    ROLLBACK;
    RAISE;
END;
$$;

-- Step: grants
EXECUTE IMMEDIATE
$$
BEGIN
  GRANT SELECT ON TABLE <% database %>.<% schema %>.CONSTITUENTS_MIRROR TO ROLE <% role %>;
  GRANT MONITOR, OPERATE ON TASK <% database %>.<% schema %>.CONSTITUENTS_MIRROR_TASK TO ROLE <% role %>;
  RETURN 'granted';
<% unless_there_is_no_role %>
END;
$$;

-- Step: resumption
ALTER TASK <% database %>.<% schema %>.CONSTITUENTS_MIRROR_TASK RESUME;
