-- The proof: four comparisons, each one row. Hashes are of all rows, whatever their order (HASH_AGG).
-- The audit's timestamps are compared to the millisecond, which is what every Parquet writer keeps.
-- Reads only. Two rows of the source with the same key count as one, the newest.

-- Step: warehouse
USE WAREHOUSE <% monitoring_warehouse %>;

-- Step: the Iceberg table equals the source
WITH expected_state AS (
<% source_state %>
), found_state AS (
<% iceberg_state %>
)
<% comparison %>;

-- Step: the audit files alone rebuild the source
WITH expected_state AS (
  SELECT * REPLACE (LOAD_TIMESTAMP::TIMESTAMP_NTZ(3) AS LOAD_TIMESTAMP) FROM (
<% source_state %>
  ) AS source_state
), found_state AS (
  -- What each row of the source was last: its AFTER image, or the BEFORE image that a delete leaves. SYSDATE() may go on
  -- within a statement, so that what a batch says of a row has one time: its first.
<% audit_state %>
)
<% comparison %>;

-- Step: every change was consumed exactly once
WITH events AS (
  SELECT
    $1:ROW_IMAGE::VARCHAR AS ROW_IMAGE,
    $1:SOURCE_ROW_ID::VARCHAR AS SOURCE_ROW_ID,
    $1:BATCH_ID::VARCHAR AS BATCH_ID,
    $1:PROCESSED_TS::TIMESTAMP_NTZ AS PROCESSED_TS,
    HASH(
      $1:FUND_ID::VARCHAR, $1:TICKER::VARCHAR, $1:CONSTITUENT_NAME::VARCHAR, $1:WEIGHT::NUMBER(38, 6),
      $1:SHARES::NUMBER(38, 2), $1:MARKET_VALUE::NUMBER(38, 2), $1:SECTOR::VARCHAR, $1:INDUSTRY::VARCHAR,
      $1:COUNTRY::VARCHAR, $1:AS_OF_DATE::DATE, $1:LOAD_TIMESTAMP::TIMESTAMP_NTZ(3)
    ) AS IMAGE
  FROM @<% database %>.<% schema %>.<% stage %>/constituents/ (FILE_FORMAT => '<% database %>.<% schema %>.AUDIT_FORMAT')
), row_changes AS (
  SELECT
    SOURCE_ROW_ID, BATCH_ID, MIN(PROCESSED_TS) AS BATCH_TS,
    COUNT_IF(ROW_IMAGE = 'BEFORE') AS BEFORE_IMAGES,
    COUNT_IF(ROW_IMAGE = 'AFTER') AS AFTER_IMAGES,
    MAX(CASE WHEN ROW_IMAGE = 'BEFORE' THEN IMAGE END) AS BEFORE_IMAGE,
    MAX(CASE WHEN ROW_IMAGE = 'AFTER' THEN IMAGE END) AS AFTER_IMAGE
  FROM events
  GROUP BY SOURCE_ROW_ID, BATCH_ID
), histories AS (
  SELECT
    BEFORE_IMAGES, AFTER_IMAGES, BEFORE_IMAGE,
    LAG(AFTER_IMAGE) OVER (PARTITION BY SOURCE_ROW_ID ORDER BY BATCH_TS) AS IMAGE_LEFT_BEFORE
  FROM row_changes
)
SELECT
  COUNT(*) AS CHANGES,
  -- Consumed twice: an image twice in a batch; lost or consumed twice: a change that does not begin where the last ended.
  COUNT_IF(BEFORE_IMAGES > 1 OR AFTER_IMAGES > 1) AS REPEATED,
  COUNT_IF(NOT EQUAL_NULL(BEFORE_IMAGE, IMAGE_LEFT_BEFORE)) AS BROKEN,
  (
    SELECT COUNT(*) FROM (
      SELECT FUND_ID, TICKER, AS_OF_DATE FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG
      GROUP BY FUND_ID, TICKER, AS_OF_DATE HAVING COUNT(*) > 1
    ) AS repeated
  ) AS REPEATED_KEYS
FROM histories;

-- Step: both streams are empty
SELECT
  (SELECT COUNT(*) FROM <% database %>.<% schema %>.CONSTITUENTS_ICEBERG_STREAM) AS PIPELINE_1_PENDING,
  (SELECT COUNT(*) FROM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM) AS PIPELINE_2_PENDING;
