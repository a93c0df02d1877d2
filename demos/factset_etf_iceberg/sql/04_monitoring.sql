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

-- Step: snapshot of the Iceberg table
SELECT SYSTEM$GET_ICEBERG_TABLE_INFORMATION('<% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG') AS INFORMATION;

-- Step: files of the audit
LIST @<% database %>.<% schema %>.<% stage %>/constituents/;

-- Step: events of the audit
SELECT $1:OP_TYPE::VARCHAR AS OP_TYPE, COUNT(DISTINCT $1:SOURCE_ROW_ID::VARCHAR || $1:BATCH_ID::VARCHAR) AS EVENTS
FROM @<% database %>.<% schema %>.<% stage %>/constituents/ (FILE_FORMAT => '<% database %>.<% schema %>.AUDIT_FORMAT')
GROUP BY OP_TYPE
ORDER BY OP_TYPE;
