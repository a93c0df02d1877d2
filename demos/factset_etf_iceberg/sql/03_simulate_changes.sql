-- Changes the simulated source as an index rebalancing would: companies join (adds), weights move (updates), companies
-- leave (deletes), tickers are renamed (rekeys); each fund's cash line then takes up the difference to 100.
-- One transaction. The same changes for the same rows and the same seed. A source that is not simulated is refused.

-- Step: warehouse
USE WAREHOUSE <% warehouse %>;

-- Step: changes
EXECUTE IMMEDIATE
$$
DECLARE
  ours INTEGER;
  loaded TIMESTAMP_NTZ;
  batch VARCHAR;
  adds INTEGER;
  updates INTEGER;
  deletes INTEGER;
  rekeys INTEGER;
  cash_lines INTEGER;
  not_simulated EXCEPTION (-20001, '<% source_database %> is not the simulated source of this demo; nothing was written to it.');
BEGIN
  SELECT COUNT(*) INTO :ours FROM <% database %>.INFORMATION_SCHEMA.DATABASES
  WHERE DATABASE_NAME = '<% source_database %>' AND CONTAINS(COMMENT, '<% stamp %>');
  IF (ours = 0) THEN
    RAISE not_simulated;
  END IF;

  -- The clock of the source goes on by a minute a batch, so that the same seed gives the same rows on any day.
  SELECT
    DATEADD(minute, 1, MAX(LOAD_TIMESTAMP)),
    DATEDIFF(minute, '2026-01-02 06:00:00'::TIMESTAMP_NTZ, MAX(LOAD_TIMESTAMP))::VARCHAR
  INTO :loaded, :batch
  FROM <% source_database %>.<% source_schema %>.<% source_table %>;

  BEGIN TRANSACTION;

  -- Each kind takes its own places in one shuffled order, so that no row is changed twice.
  UPDATE <% source_database %>.<% source_schema %>.<% source_table %> AS held
  SET
    WEIGHT = held.WEIGHT * (CASE WHEN MOD(picked.PLACE, 2) = 0 THEN 1.01 ELSE 0.99 END),
    MARKET_VALUE = held.MARKET_VALUE * (CASE WHEN MOD(picked.PLACE, 2) = 0 THEN 1.01 ELSE 0.99 END),
    LOAD_TIMESTAMP = :loaded
  FROM (
    SELECT FUND_ID, TICKER, AS_OF_DATE, ROW_NUMBER() OVER (
      ORDER BY MD5(FUND_ID || '|' || TICKER || '|' || AS_OF_DATE::VARCHAR || '|<% seed %>'), FUND_ID, TICKER
    ) AS PLACE
    FROM <% source_database %>.<% source_schema %>.<% source_table %>
    WHERE SECTOR <> 'Cash'
  ) AS picked
  WHERE held.FUND_ID = picked.FUND_ID AND held.TICKER = picked.TICKER AND held.AS_OF_DATE = picked.AS_OF_DATE
    AND picked.PLACE <= <% updates %>;
  updates := SQLROWCOUNT;

  DELETE FROM <% source_database %>.<% source_schema %>.<% source_table %> AS held
  USING (
    SELECT FUND_ID, TICKER, AS_OF_DATE, ROW_NUMBER() OVER (
      ORDER BY MD5(FUND_ID || '|' || TICKER || '|' || AS_OF_DATE::VARCHAR || '|<% seed %>'), FUND_ID, TICKER
    ) AS PLACE
    FROM <% source_database %>.<% source_schema %>.<% source_table %>
    WHERE SECTOR <> 'Cash'
  ) AS picked
  WHERE held.FUND_ID = picked.FUND_ID AND held.TICKER = picked.TICKER AND held.AS_OF_DATE = picked.AS_OF_DATE
    AND picked.PLACE > <% updates %> + <% rekeys %> AND picked.PLACE <= <% updates %> + <% rekeys %> + <% deletes %>;
  deletes := SQLROWCOUNT;

  UPDATE <% source_database %>.<% source_schema %>.<% source_table %> AS held
  SET
    TICKER = 'SIMR' || :batch || '-' || picked.PLACE::VARCHAR,
    LOAD_TIMESTAMP = :loaded
  FROM (
    SELECT FUND_ID, TICKER, AS_OF_DATE, ROW_NUMBER() OVER (
      ORDER BY MD5(FUND_ID || '|' || TICKER || '|' || AS_OF_DATE::VARCHAR || '|<% seed %>'), FUND_ID, TICKER
    ) AS PLACE
    FROM <% source_database %>.<% source_schema %>.<% source_table %>
    WHERE SECTOR <> 'Cash'
  ) AS picked
  WHERE held.FUND_ID = picked.FUND_ID AND held.TICKER = picked.TICKER AND held.AS_OF_DATE = picked.AS_OF_DATE
    AND picked.PLACE > <% updates %> AND picked.PLACE <= <% updates %> + <% rekeys %>;
  rekeys := SQLROWCOUNT;

  INSERT INTO <% source_database %>.<% source_schema %>.<% source_table %> (
    FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
    LOAD_TIMESTAMP
  )
  SELECT
    funds.FUND_ID,
    'SIMA' || :batch || '-' || joining.N::VARCHAR,
    'Simulated Company A' || :batch || '-' || joining.N::VARCHAR,
    0.001, 10, 1000, 'Technology', 'Industry 00', 'US',
    funds.AS_OF_DATE,
    :loaded
  FROM (
    SELECT ROW_NUMBER() OVER (ORDER BY SEQ4()) AS N FROM TABLE(GENERATOR(ROWCOUNT => <% adds %>))
  ) AS joining
  JOIN (
    SELECT FUND_ID, AS_OF_DATE, ROW_NUMBER() OVER (ORDER BY FUND_ID, AS_OF_DATE) - 1 AS PLACE, COUNT(*) OVER () AS FUNDS
    FROM <% source_database %>.<% source_schema %>.<% source_table %>
    WHERE SECTOR = 'Cash'
  ) AS funds
  ON funds.PLACE = MOD(joining.N + <% seed %>, funds.FUNDS);
  adds := SQLROWCOUNT;

  UPDATE <% source_database %>.<% source_schema %>.<% source_table %> AS cash
  SET
    WEIGHT = 100 - funds.WEIGHT,
    SHARES = (100 - funds.WEIGHT) * 1000000,
    MARKET_VALUE = (100 - funds.WEIGHT) * 1000000,
    LOAD_TIMESTAMP = :loaded
  FROM (
    SELECT FUND_ID, AS_OF_DATE, SUM(CASE WHEN SECTOR = 'Cash' THEN 0 ELSE WEIGHT END)::NUMBER(18, 6) AS WEIGHT
    FROM <% source_database %>.<% source_schema %>.<% source_table %>
    GROUP BY FUND_ID, AS_OF_DATE
  ) AS funds
  WHERE cash.FUND_ID = funds.FUND_ID AND cash.AS_OF_DATE = funds.AS_OF_DATE AND cash.SECTOR = 'Cash'
    AND cash.WEIGHT <> 100 - funds.WEIGHT;
  cash_lines := SQLROWCOUNT;

  COMMIT;
  RETURN '{"adds": ' || adds::VARCHAR || ', "updates": ' || updates::VARCHAR || ', "deletes": ' || deletes::VARCHAR
    || ', "rekeys": ' || rekeys::VARCHAR || ', "cash_lines": ' || cash_lines::VARCHAR || '}';
EXCEPTION
  WHEN OTHER THEN
    ROLLBACK;
    RAISE;
END;
$$;
