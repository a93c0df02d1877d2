-- Rows and bytes of each table. A table without rows has no bytes per row, a database without bytes no percentages.
-- https://docs.snowflake.com/en/sql-reference/info-schema/tables
SELECT
  TABLE_SCHEMA,
  TABLE_NAME,
  ROW_COUNT,
  BYTES,
  ROUND(BYTES / NULLIF(ROW_COUNT, 0), 1) AS BYTES_PER_ROW,
  ROUND(100 * BYTES / NULLIF(SUM(BYTES) OVER (), 0), 1) AS PERCENT_OF_DATABASE,
  RETENTION_TIME AS TIME_TRAVEL_DAYS
FROM DATA_ENG_DEMO.INFORMATION_SCHEMA.TABLES
WHERE TABLE_TYPE = 'BASE TABLE'
ORDER BY BYTES DESC NULLS LAST, TABLE_SCHEMA, TABLE_NAME;
