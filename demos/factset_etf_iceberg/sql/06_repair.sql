-- What differs, and the Iceberg table brought back: to the source, or to what the audit files tell of it.
-- Rows are told apart by their key. Ten keys are shown, with how many there are of each kind in all:
-- CHANGED, MISSING (expected, not found), ADDED (found, not expected), DOUBLED (a key found more than once).

-- Step: warehouse
USE WAREHOUSE <% monitoring_warehouse %>;

-- Step: rows of the Iceberg table that differ
WITH expected_state AS (
<% source_state %>
), found_state AS (
<% iceberg_state %>
)
<% differences %>;

-- Step: rows of the audit files that differ
WITH expected_state AS (
  SELECT * REPLACE (LOAD_TIMESTAMP::TIMESTAMP_NTZ(3) AS LOAD_TIMESTAMP) FROM (
<% source_state %>
  ) AS source_state
), found_state AS (
<% audit_state %>
)
<% differences %>;

-- Step: rows to restore from the audit files
WITH expected_state AS (
<% audit_state %>
), found_state AS (
  SELECT * REPLACE (LOAD_TIMESTAMP::TIMESTAMP_NTZ(3) AS LOAD_TIMESTAMP) FROM (
<% iceberg_state %>
  ) AS iceberg_state
)
<% differences %>;

-- Step: restoration
EXECUTE IMMEDIATE
$$
BEGIN
  BEGIN TRANSACTION;

  -- Of rows with one key nobody can say which is which: all of them go, and the right one comes back.
  DELETE FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG AS current_state
  USING (
    SELECT FUND_ID, TICKER, AS_OF_DATE FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG
    GROUP BY FUND_ID, TICKER, AS_OF_DATE
    HAVING COUNT(*) > 1
  ) AS doubled
  WHERE EQUAL_NULL(current_state.FUND_ID, doubled.FUND_ID)
    AND EQUAL_NULL(current_state.TICKER, doubled.TICKER)
    AND EQUAL_NULL(current_state.AS_OF_DATE, doubled.AS_OF_DATE);

  -- One row a key: the expected one, or that of the table where there is none to expect.
  MERGE INTO <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG AS current_state
  USING (
    SELECT * FROM (
      SELECT *, FALSE AS IS_ADDED FROM (
<% audit_state if origin == 'audit' else source_state %>
      ) AS expected_state
      UNION ALL
      SELECT *, TRUE AS IS_ADDED FROM (
<% iceberg_state %>
      ) AS found_state
    ) AS both_states
    QUALIFY ROW_NUMBER() OVER (PARTITION BY FUND_ID, TICKER, AS_OF_DATE ORDER BY IS_ADDED) = 1
  ) AS expected
  ON EQUAL_NULL(current_state.FUND_ID, expected.FUND_ID)
    AND EQUAL_NULL(current_state.TICKER, expected.TICKER)
    AND EQUAL_NULL(current_state.AS_OF_DATE, expected.AS_OF_DATE)
  WHEN MATCHED AND expected.IS_ADDED THEN DELETE
  WHEN MATCHED AND NOT (
    EQUAL_NULL(current_state.CONSTITUENT_NAME, expected.CONSTITUENT_NAME)
    AND EQUAL_NULL(current_state.WEIGHT, expected.WEIGHT)
    AND EQUAL_NULL(current_state.SHARES, expected.SHARES)
    AND EQUAL_NULL(current_state.MARKET_VALUE, expected.MARKET_VALUE)
    AND EQUAL_NULL(current_state.SECTOR, expected.SECTOR)
    AND EQUAL_NULL(current_state.INDUSTRY, expected.INDUSTRY)
    AND EQUAL_NULL(current_state.COUNTRY, expected.COUNTRY)
    AND EQUAL_NULL(
      current_state.LOAD_TIMESTAMP::TIMESTAMP_NTZ(<% 3 if origin == 'audit' else 6 %>), expected.LOAD_TIMESTAMP
    )
  ) THEN UPDATE SET
    CONSTITUENT_NAME = expected.CONSTITUENT_NAME,
    WEIGHT = expected.WEIGHT,
    SHARES = expected.SHARES,
    MARKET_VALUE = expected.MARKET_VALUE,
    SECTOR = expected.SECTOR,
    INDUSTRY = expected.INDUSTRY,
    COUNTRY = expected.COUNTRY,
    LOAD_TIMESTAMP = expected.LOAD_TIMESTAMP,
    LAST_UPDATED_TIMESTAMP = SYSDATE()
  WHEN NOT MATCHED THEN INSERT (
    FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
    LOAD_TIMESTAMP, LAST_UPDATED_TIMESTAMP
  ) VALUES (
    expected.FUND_ID, expected.TICKER, expected.CONSTITUENT_NAME, expected.WEIGHT, expected.SHARES,
    expected.MARKET_VALUE, expected.SECTOR, expected.INDUSTRY, expected.COUNTRY, expected.AS_OF_DATE,
    expected.LOAD_TIMESTAMP, SYSDATE()
  );

  COMMIT;
  RETURN 'restored';
EXCEPTION
  WHEN OTHER THEN
    ROLLBACK;
    RAISE;
END;
$$;
