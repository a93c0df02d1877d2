-- The source where there is no FactSet share: an ordinary database with synthetic constituents.
-- Every fund is SIM-ETF-nnnn, every ticker begins with SIM, each fund has one cash line and weights that add up to 100.
-- The same rows for the same seed. Repeatable: a table that has rows is left as it is.

-- Step: warehouse
USE WAREHOUSE <% warehouse %>;

-- Step: DATABASE <% source_database %>
CREATE DATABASE IF NOT EXISTS <% source_database %>
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Simulated constituents: synthetic, not FactSet data. <% stamp %>';

-- Step: ownership
EXECUTE IMMEDIATE
$$
DECLARE
  ours INTEGER;
  not_simulated EXCEPTION (-20001, '<% source_database %> is not the simulated source of this demo; nothing was written to it.');
BEGIN
  SELECT COUNT(*) INTO :ours FROM <% database %>.INFORMATION_SCHEMA.DATABASES
  WHERE DATABASE_NAME = '<% source_database %>' AND ENDSWITH(COMMENT, '<% stamp %>');
  IF (ours = 0) THEN
    RAISE not_simulated;
  END IF;
  RETURN 'simulated';
END;
$$;

-- Step: SCHEMA <% source_database %>.<% source_schema %>
CREATE SCHEMA IF NOT EXISTS <% source_database %>.<% source_schema %>
  COMMENT = 'Simulated constituents. <% stamp %>';

-- Step: TABLE <% source_database %>.<% source_schema %>.<% source_table %>
CREATE TABLE IF NOT EXISTS <% source_database %>.<% source_schema %>.<% source_table %> (
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
  COMMENT = 'Simulated ETF constituents: synthetic, not FactSet data. <% stamp %>';

-- Step: rows
INSERT INTO <% source_database %>.<% source_schema %>.<% source_table %> (
  FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE, LOAD_TIMESTAMP
)
WITH numbered AS (
  SELECT ROW_NUMBER() OVER (ORDER BY SEQ4()) - 1 AS I
  FROM TABLE(GENERATOR(ROWCOUNT => <% rows %>))
), positions AS (
  -- 200 lines a fund; the first is its cash.
  SELECT
    FLOOR(I / 200)::INTEGER AS FUND,
    MOD(I, 200) AS POSITION,
    MOD(MOD(I, 200) * 7 + FLOOR(I / 200)::INTEGER * 13 + <% seed %> * 17, 2000) AS SECURITY,
    CASE WHEN MOD(I, 200) = 0 THEN 0 ELSE 50 + MOD(I * 7919 + <% seed %> * 104729, 1000) END AS RAW_WEIGHT
  FROM numbered
), shared AS (
  SELECT
    FUND, POSITION, SECURITY,
    FLOOR(99500000 * RAW_WEIGHT / NULLIF(SUM(RAW_WEIGHT) OVER (PARTITION BY FUND), 0)) / 1000000 AS PART
  FROM positions
), weighted AS (
  SELECT
    FUND, POSITION, SECURITY,
    CASE
      WHEN POSITION > 0 THEN PART::NUMBER(18, 6)
      ELSE 100 - (
        SUM(CASE WHEN POSITION > 0 THEN PART::NUMBER(18, 6) ELSE 0 END) OVER (PARTITION BY FUND)
      )::NUMBER(18, 6)
    END AS WEIGHT
  FROM shared
)
SELECT
  'SIM-ETF-' || LPAD((FUND + 1)::VARCHAR, 4, '0'),
  CASE WHEN POSITION = 0 THEN 'SIM_CASH_USD' ELSE 'SIM' || LPAD(SECURITY::VARCHAR, 4, '0') END,
  CASE WHEN POSITION = 0 THEN 'Simulated cash' ELSE 'Simulated Company ' || LPAD(SECURITY::VARCHAR, 4, '0') END,
  WEIGHT::NUMBER(18, 6),
  CASE WHEN POSITION = 0 THEN WEIGHT * 1000000 ELSE WEIGHT * 1000000 / (10 + MOD(SECURITY * 37, 490)) END::NUMBER(18, 2),
  (WEIGHT * 1000000)::NUMBER(18, 2),
  CASE WHEN POSITION = 0 THEN 'Cash'
    ELSE SPLIT_PART('Technology,Health Care,Financials,Industrials,Energy,Utilities,Materials', ',', MOD(SECURITY, 7) + 1) END,
  CASE WHEN POSITION = 0 THEN 'Cash' ELSE 'Industry ' || LPAD(MOD(SECURITY, 40)::VARCHAR, 2, '0') END,
  CASE WHEN POSITION = 0 THEN 'US' ELSE SPLIT_PART('US,GB,DE,FR,JP,CH,CA,AU', ',', MOD(SECURITY, 8) + 1) END,
  '2026-01-02'::DATE,
  '2026-01-02 06:00:00'::TIMESTAMP_NTZ
FROM weighted
WHERE NOT EXISTS (SELECT 1 FROM <% source_database %>.<% source_schema %>.<% source_table %>);

-- Step: grants
-- To read alone: a pipeline that could write to its source would prove nothing.
EXECUTE IMMEDIATE
$$
BEGIN
  GRANT USAGE ON DATABASE <% source_database %> TO ROLE <% role %>;
  GRANT USAGE ON SCHEMA <% source_database %>.<% source_schema %> TO ROLE <% role %>;
  GRANT SELECT ON TABLE <% source_database %>.<% source_schema %>.<% source_table %> TO ROLE <% role %>;
  RETURN 'granted';
<% unless_there_is_no_role %>
END;
$$;
