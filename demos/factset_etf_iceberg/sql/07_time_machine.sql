-- The demo at an earlier moment: rebuilt from the audit files, and read by Time Travel of the Iceberg table, side by side.
-- `moment` and `earlier` are milliseconds since 1970. Reads only. Timestamps are compared to the millisecond.

-- Step: warehouse
USE WAREHOUSE <% monitoring_warehouse %>;

-- Step: moments
SELECT NAME, COMPLETED_TIME
FROM TABLE(<% database %>.INFORMATION_SCHEMA.TASK_HISTORY(
  SCHEDULED_TIME_RANGE_START => DATEADD(day, -1, CURRENT_TIMESTAMP()),
  RESULT_LIMIT => 1000
))
WHERE DATABASE_NAME = '<% database %>' AND SCHEMA_NAME = '<% schema %>' AND STATE = 'SUCCEEDED'
  AND NAME IN ('CONSTITUENTS_ICEBERG_TASK', 'CONSTITUENTS_AUDIT_TASK')
  AND COMPLETED_TIME >= (
    SELECT MIN(CREATED) FROM <% database %>.INFORMATION_SCHEMA.TABLES
    WHERE TABLE_SCHEMA = '<% iceberg_schema %>' AND TABLE_NAME = 'CONSTITUENTS_ICEBERG'
  )
ORDER BY COMPLETED_TIME;

-- Step: both at a moment
WITH events AS (
<% audit_events %>
), last_images AS (
  SELECT
    FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
    LOAD_TIMESTAMP, ROW_IMAGE
  FROM events
  WHERE BATCH_TS <= TO_TIMESTAMP_NTZ(<% moment %>, 3)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY SOURCE_ROW_ID ORDER BY BATCH_TS DESC, ROW_IMAGE) = 1
), rebuilt_state AS (
  SELECT
    FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
    LOAD_TIMESTAMP
  FROM last_images
  WHERE ROW_IMAGE = 'AFTER'
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY FUND_ID, TICKER, AS_OF_DATE
    ORDER BY LOAD_TIMESTAMP DESC NULLS LAST, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY
  ) = 1
), iceberg_state AS (
  SELECT * REPLACE (LOAD_TIMESTAMP::TIMESTAMP_NTZ(3) AS LOAD_TIMESTAMP) FROM (
<% iceberg_state %> AT(TIMESTAMP => TO_TIMESTAMP_TZ('<% at %>'))
  ) AS held
), only_rebuilt AS (
  SELECT * FROM rebuilt_state MINUS SELECT * FROM iceberg_state
), only_iceberg AS (
  SELECT * FROM iceberg_state MINUS SELECT * FROM rebuilt_state
)
SELECT
  (SELECT COUNT(*) FROM rebuilt_state) AS REBUILT_ROWS,
  (SELECT COUNT(*) FROM iceberg_state) AS ICEBERG_ROWS,
  (SELECT COUNT(*) FROM only_rebuilt) AS ONLY_REBUILT,
  (SELECT COUNT(*) FROM only_iceberg) AS ONLY_ICEBERG;

-- Step: changes between two moments
SELECT OP_TYPE, COUNT(DISTINCT SOURCE_ROW_ID || BATCH_ID) AS CHANGES
FROM (
  SELECT
    $1:OP_TYPE::VARCHAR AS OP_TYPE, $1:SOURCE_ROW_ID::VARCHAR AS SOURCE_ROW_ID, $1:BATCH_ID::VARCHAR AS BATCH_ID,
    $1:PROCESSED_TS::TIMESTAMP_NTZ AS PROCESSED_TS
  FROM @<% database %>.<% schema %>.<% stage %>/constituents/ (FILE_FORMAT => '<% database %>.<% schema %>.AUDIT_FORMAT')
) AS events
WHERE PROCESSED_TS > TO_TIMESTAMP_NTZ(<% earlier %>, 3) AND PROCESSED_TS <= TO_TIMESTAMP_NTZ(<% moment %>, 3)
GROUP BY OP_TYPE
ORDER BY OP_TYPE;
