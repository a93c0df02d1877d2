-- How the demo stands: what is pending, what ran, what there is. Reads only; no stream is consumed by a SELECT.

-- Step: warehouse
USE WAREHOUSE <% monitoring_warehouse %>;

-- Step: streams
SHOW STREAMS LIKE 'CONSTITUENTS%' IN SCHEMA <% database %>.<% schema %>;

-- Step: tasks
SHOW TASKS LIKE 'CONSTITUENTS%' IN SCHEMA <% database %>.<% schema %>;

-- Step: pending changes of pipeline 1
SELECT COUNT(*) AS PENDING FROM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM;

-- Step: pending changes of pipeline 2
SELECT COUNT(*) AS PENDING FROM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM;

-- Step: runs
SELECT NAME, STATE, SCHEDULED_TIME, QUERY_START_TIME, COMPLETED_TIME, SCHEDULED_FROM, RETURN_VALUE, QUERY_ID, ERROR_MESSAGE
FROM TABLE(<% database %>.INFORMATION_SCHEMA.TASK_HISTORY(
  SCHEDULED_TIME_RANGE_START => DATEADD(day, -1, CURRENT_TIMESTAMP()),
  RESULT_LIMIT => 1000
))
WHERE DATABASE_NAME = '<% database %>' AND SCHEMA_NAME = '<% schema %>' AND STARTSWITH(NAME, 'CONSTITUENTS_')
ORDER BY SCHEDULED_TIME DESC
LIMIT 20;

-- Step: rows of the Iceberg table
SELECT COUNT(*) AS ROW_COUNT, COUNT(DISTINCT FUND_ID) AS FUNDS, MAX(LAST_UPDATED_TIMESTAMP) AS LAST_UPDATED_TIMESTAMP
FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG;

-- Step: metadata file of the Iceberg table
SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('<% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG') AS INFORMATION;

-- Step: rows of the Iceberg table, added up by fund
-- So that any engine can do the same sum: of each row the MD5 of its texts with a bar between them.
SELECT
  FUND_ID,
  COUNT(*) AS ROW_COUNT,
  SUM(MD5_NUMBER_LOWER64(
    NVL(FUND_ID, '') || '|' || NVL(TICKER, '') || '|' || NVL(CONSTITUENT_NAME, '') || '|' || NVL(TO_VARCHAR(WEIGHT), '')
    || '|' || NVL(TO_VARCHAR(SHARES), '') || '|' || NVL(TO_VARCHAR(MARKET_VALUE), '') || '|' || NVL(SECTOR, '')
    || '|' || NVL(INDUSTRY, '') || '|' || NVL(COUNTRY, '') || '|' || NVL(TO_VARCHAR(AS_OF_DATE, 'YYYY-MM-DD'), '')
    || '|' || NVL(TO_VARCHAR(LOAD_TIMESTAMP, 'YYYY-MM-DD HH24:MI:SS.FF6'), '')
    || '|' || NVL(TO_VARCHAR(LAST_UPDATED_TIMESTAMP, 'YYYY-MM-DD HH24:MI:SS.FF6'), '')
  )) AS SUM
FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG
GROUP BY FUND_ID
ORDER BY FUND_ID;

-- Step: files of the audit
LIST @<% database %>.<% schema %>.<% stage %>/constituents/;

-- Step: events of the audit
SELECT $1:OP_TYPE::VARCHAR AS OP_TYPE, COUNT(DISTINCT $1:SOURCE_ROW_ID::VARCHAR || $1:BATCH_ID::VARCHAR) AS EVENTS
FROM @<% database %>.<% schema %>.<% stage %>/constituents/ (FILE_FORMAT => '<% database %>.<% schema %>.AUDIT_FORMAT')
GROUP BY OP_TYPE
ORDER BY OP_TYPE;

-- Step: rows of the source
SELECT COUNT(*) AS ROW_COUNT, COUNT(DISTINCT FUND_ID) AS FUNDS
FROM <% source_database %>.<% source_schema %>.<% source_table %>;

-- Step: pending changes, row by row
WITH images AS (
  SELECT
    CASE
      WHEN METADATA$ISUPDATE THEN 'UPDATE'
      WHEN METADATA$ACTION = 'INSERT' THEN 'ADD'
      ELSE 'DELETE'
    END AS OP_TYPE,
    METADATA$ACTION = 'DELETE' AS IS_OLD, METADATA$ROW_ID AS SOURCE_ROW_ID, FUND_ID, TICKER, WEIGHT
  FROM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM
)
<% first_changes %>;

-- Step: the last batch, row by row
WITH audited AS (
  SELECT
    $1:OP_TYPE::VARCHAR AS OP_TYPE,
    $1:ROW_IMAGE::VARCHAR = 'BEFORE' AS IS_OLD,
    $1:SOURCE_ROW_ID::VARCHAR AS SOURCE_ROW_ID,
    $1:FUND_ID::VARCHAR AS FUND_ID,
    $1:TICKER::VARCHAR AS TICKER,
    $1:WEIGHT::NUMBER(38, 6) AS WEIGHT,
    $1:BATCH_ID::VARCHAR AS BATCH_ID,
    MIN($1:PROCESSED_TS::TIMESTAMP_NTZ) OVER (PARTITION BY $1:BATCH_ID::VARCHAR) AS BATCH_TS
  FROM @<% database %>.<% schema %>.<% stage %>/constituents/ (FILE_FORMAT => '<% database %>.<% schema %>.AUDIT_FORMAT')
), images AS (
  SELECT OP_TYPE, IS_OLD, SOURCE_ROW_ID, FUND_ID, TICKER, WEIGHT FROM audited
  QUALIFY DENSE_RANK() OVER (ORDER BY BATCH_TS DESC, BATCH_ID) = 1
)
<% first_changes %>;

-- Step: the renamed company, wherever it is
WITH renamed AS (
  SELECT FUND_ID, TICKER, AS_OF_DATE FROM <% source_database %>.<% source_schema %>.<% source_table %>
  WHERE STARTSWITH(TICKER, 'SIMR')
  ORDER BY LOAD_TIMESTAMP DESC, TICKER
  LIMIT 1
)
SELECT
  renamed.TICKER,
  (
    SELECT COUNT(*) FROM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM AS pending
    JOIN renamed AS r ON r.FUND_ID = pending.FUND_ID AND r.TICKER = pending.TICKER
  ) AS IN_STREAM_1,
  (
    SELECT COUNT(*) FROM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM AS pending
    JOIN renamed AS r ON r.FUND_ID = pending.FUND_ID AND r.TICKER = pending.TICKER
  ) AS IN_STREAM_2,
  (
    SELECT COUNT(*) FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG AS held
    JOIN renamed AS r ON r.FUND_ID = held.FUND_ID AND r.TICKER = held.TICKER
  ) AS IN_ICEBERG,
  (
    SELECT COUNT(*)
    FROM @<% database %>.<% schema %>.<% stage %>/constituents/ (FILE_FORMAT => '<% database %>.<% schema %>.AUDIT_FORMAT') AS audit
    JOIN renamed AS r ON r.FUND_ID = $1:FUND_ID::VARCHAR AND r.TICKER = $1:TICKER::VARCHAR
  ) AS IN_AUDIT
FROM renamed;

-- Step: credits since midnight
-- Needs ACCOUNTADMIN or MONITOR USAGE: https://docs.snowflake.com/en/sql-reference/functions/warehouse_metering_history
SELECT NVL(SUM(CREDITS_USED), 0) AS CREDITS
FROM TABLE(<% database %>.INFORMATION_SCHEMA.WAREHOUSE_METERING_HISTORY(DATE_RANGE_START => CURRENT_DATE()))
WHERE WAREHOUSE_NAME IN ('<% warehouse %>', '<% monitoring_warehouse %>');
