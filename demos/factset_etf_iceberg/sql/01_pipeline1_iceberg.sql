-- Pipeline 1: stream -> task -> Iceberg table. The table is the current state of the source.
-- Repeatable: the stream keeps its offset and the table its rows, so nothing is lost and nothing loads twice.

-- Step: warehouse
USE WAREHOUSE <% warehouse %>;

-- Step: ICEBERG TABLE <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG
CREATE ICEBERG TABLE IF NOT EXISTS <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG (
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
  LOAD_TIMESTAMP TIMESTAMP_NTZ(6),
  LAST_UPDATED_TIMESTAMP TIMESTAMP_NTZ(6)
)
  CATALOG = 'SNOWFLAKE'
  EXTERNAL_VOLUME = '<% external_volume %>'
  CHANGE_TRACKING = TRUE
  COMMENT = 'Current ETF constituents. <% stamp %>';

-- Step: STREAM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM
CREATE STREAM IF NOT EXISTS <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM
  ON <% followed_form %> <% followed_table %>
  SHOW_INITIAL_ROWS = TRUE
  COMMENT = 'Changes that the Iceberg table has not seen yet; at first, all rows. <% stamp %>';

-- Step: suspension, since a started task cannot be altered
ALTER TASK IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_TASK SUSPEND;

-- Step: TASK <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_TASK
CREATE OR ALTER TASK <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_TASK
  WAREHOUSE = <% warehouse %>
  QUERY_TAG = <% query_tag %>
  SUSPEND_TASK_AFTER_NUM_FAILURES = 3
  COMMENT = 'Applies the pending changes to the Iceberg table, in one transaction. <% stamp %>'
  WHEN SYSTEM$STREAM_HAS_DATA('<% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM')
AS
EXECUTE IMMEDIATE
$$
DECLARE
  adds INTEGER;
  updates INTEGER;
  deletes INTEGER;
  summary VARCHAR;
BEGIN
  -- Every statement up to COMMIT sees the same rows of the stream; COMMIT moves its offset, ROLLBACK leaves it.
  BEGIN TRANSACTION;

  SELECT
    COUNT_IF(METADATA$ACTION = 'INSERT' AND NOT METADATA$ISUPDATE),
    COUNT_IF(METADATA$ACTION = 'INSERT' AND METADATA$ISUPDATE),
    COUNT_IF(METADATA$ACTION = 'DELETE' AND NOT METADATA$ISUPDATE)
  INTO :adds, :updates, :deletes
  FROM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM;

  -- Old images: of deleted rows and of updated ones, whose key may have changed. A newer duplicate stays.
  DELETE FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG AS current_state
  USING (
    SELECT FUND_ID, TICKER, AS_OF_DATE, MAX(LOAD_TIMESTAMP::TIMESTAMP_NTZ(6)) AS LOAD_TIMESTAMP
    FROM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM
    WHERE METADATA$ACTION = 'DELETE'
    GROUP BY FUND_ID, TICKER, AS_OF_DATE
  ) AS gone
  WHERE EQUAL_NULL(current_state.FUND_ID, gone.FUND_ID)
    AND EQUAL_NULL(current_state.TICKER, gone.TICKER)
    AND EQUAL_NULL(current_state.AS_OF_DATE, gone.AS_OF_DATE)
    AND NVL(current_state.LOAD_TIMESTAMP <= gone.LOAD_TIMESTAMP, TRUE);

  -- New images; and where a key was deleted, an older duplicate that outlives it. The newest LOAD_TIMESTAMP wins.
  MERGE INTO <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG AS current_state
  USING (
    SELECT
      FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
      LOAD_TIMESTAMP
    FROM (
      SELECT
        FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
        LOAD_TIMESTAMP::TIMESTAMP_NTZ(6) AS LOAD_TIMESTAMP
      FROM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM
      WHERE METADATA$ACTION = 'INSERT'
      UNION ALL
      SELECT
        kept.FUND_ID, kept.TICKER, kept.CONSTITUENT_NAME, kept.WEIGHT, kept.SHARES, kept.MARKET_VALUE, kept.SECTOR,
        kept.INDUSTRY, kept.COUNTRY, kept.AS_OF_DATE, kept.LOAD_TIMESTAMP::TIMESTAMP_NTZ(6)
      FROM <% followed_table %> AS kept
      JOIN (
        SELECT FUND_ID, TICKER, AS_OF_DATE, MAX(LOAD_TIMESTAMP) AS LOAD_TIMESTAMP
        FROM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM
        WHERE METADATA$ACTION = 'DELETE'
        GROUP BY FUND_ID, TICKER, AS_OF_DATE
      ) AS gone
      ON EQUAL_NULL(kept.FUND_ID, gone.FUND_ID)
        AND EQUAL_NULL(kept.TICKER, gone.TICKER)
        AND EQUAL_NULL(kept.AS_OF_DATE, gone.AS_OF_DATE)
        AND NVL(kept.LOAD_TIMESTAMP <= gone.LOAD_TIMESTAMP, TRUE)
    ) AS images
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY FUND_ID, TICKER, AS_OF_DATE
      ORDER BY LOAD_TIMESTAMP DESC NULLS LAST, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY
    ) = 1
  ) AS newest
  ON EQUAL_NULL(current_state.FUND_ID, newest.FUND_ID)
    AND EQUAL_NULL(current_state.TICKER, newest.TICKER)
    AND EQUAL_NULL(current_state.AS_OF_DATE, newest.AS_OF_DATE)
  WHEN MATCHED AND (
    current_state.LOAD_TIMESTAMP IS NULL OR current_state.LOAD_TIMESTAMP <= newest.LOAD_TIMESTAMP
  ) THEN UPDATE SET
    CONSTITUENT_NAME = newest.CONSTITUENT_NAME,
    WEIGHT = newest.WEIGHT,
    SHARES = newest.SHARES,
    MARKET_VALUE = newest.MARKET_VALUE,
    SECTOR = newest.SECTOR,
    INDUSTRY = newest.INDUSTRY,
    COUNTRY = newest.COUNTRY,
    LOAD_TIMESTAMP = newest.LOAD_TIMESTAMP,
    LAST_UPDATED_TIMESTAMP = SYSDATE()
  WHEN NOT MATCHED THEN INSERT (
    FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
    LOAD_TIMESTAMP, LAST_UPDATED_TIMESTAMP
  ) VALUES (
    newest.FUND_ID, newest.TICKER, newest.CONSTITUENT_NAME, newest.WEIGHT, newest.SHARES, newest.MARKET_VALUE,
    newest.SECTOR, newest.INDUSTRY, newest.COUNTRY, newest.AS_OF_DATE, newest.LOAD_TIMESTAMP, SYSDATE()
  );

  COMMIT;

  -- SYSTEM$SET_RETURN_VALUE takes a literal and no expression. The rows are committed: nothing is to fail for their counts.
  BEGIN
    summary := '{"adds": ' || adds::VARCHAR || ', "updates": ' || updates::VARCHAR || ', "deletes": ' || deletes::VARCHAR || '}';
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
  GRANT SELECT, INSERT, UPDATE, DELETE ON ICEBERG TABLE <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG TO ROLE <% role %>;
  GRANT SELECT ON STREAM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM TO ROLE <% role %>;
  GRANT MONITOR, OPERATE ON TASK <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_TASK TO ROLE <% role %>;
  RETURN 'granted';
<% unless_there_is_no_role %>
END;
$$;

-- Step: resumption
ALTER TASK <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_TASK RESUME;
