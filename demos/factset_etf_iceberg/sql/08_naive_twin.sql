-- What many write first, to stand beside the demo: MERGE, then DELETE, no transaction, and old images taken for deletes.
-- It is wrong on purpose, and says so in its comments. It goes with the demo's cleanup.

-- Step: warehouse
USE WAREHOUSE <% warehouse %>;

-- Step: TABLE <% database %>.<% schema %>.NAIVE_TWIN
CREATE TABLE IF NOT EXISTS <% database %>.<% schema %>.NAIVE_TWIN (
  FUND_ID VARCHAR,
  TICKER VARCHAR,
  CONSTITUENT_NAME VARCHAR,
  WEIGHT NUMBER(18, 6),
  AS_OF_DATE DATE
)
  COMMENT = 'Wrong on purpose: what the common mistakes make of the same changes. <% stamp %>';

-- Step: STREAM <% database %>.<% schema %>.NAIVE_TWIN_STREAM
CREATE STREAM IF NOT EXISTS <% database %>.<% schema %>.NAIVE_TWIN_STREAM
  ON <% followed_form %> <% followed_table %>
  SHOW_INITIAL_ROWS = TRUE
  COMMENT = 'The same changes, for the twin that gets them wrong. <% stamp %>';

-- Step: TASK <% database %>.<% schema %>.NAIVE_TWIN_TASK
CREATE TASK IF NOT EXISTS <% database %>.<% schema %>.NAIVE_TWIN_TASK
  WAREHOUSE = <% warehouse %>
  QUERY_TAG = <% query_tag %>
  COMMENT = 'Wrong on purpose: MERGE, then DELETE, in no transaction. <% stamp %>'
  WHEN SYSTEM$STREAM_HAS_DATA('<% database %>.<% schema %>.NAIVE_TWIN_STREAM')
AS
EXECUTE IMMEDIATE
$$
BEGIN
  -- Wrong: there is no transaction, so that this statement commits, and has consumed the stream.
  MERGE INTO <% database %>.<% schema %>.NAIVE_TWIN AS twin
  USING (
    SELECT FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, AS_OF_DATE
    FROM <% database %>.<% schema %>.NAIVE_TWIN_STREAM
    WHERE METADATA$ACTION = 'INSERT'
  ) AS changed
  ON twin.FUND_ID = changed.FUND_ID AND twin.TICKER = changed.TICKER AND twin.AS_OF_DATE = changed.AS_OF_DATE
  WHEN MATCHED THEN UPDATE SET CONSTITUENT_NAME = changed.CONSTITUENT_NAME, WEIGHT = changed.WEIGHT
  WHEN NOT MATCHED THEN INSERT (FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, AS_OF_DATE)
    VALUES (changed.FUND_ID, changed.TICKER, changed.CONSTITUENT_NAME, changed.WEIGHT, changed.AS_OF_DATE);

  -- Wrong twice: the stream is empty by now; and were it not, the old image of an update would delete the row.
  DELETE FROM <% database %>.<% schema %>.NAIVE_TWIN AS twin
  USING (
    SELECT FUND_ID, TICKER, AS_OF_DATE FROM <% database %>.<% schema %>.NAIVE_TWIN_STREAM
    WHERE METADATA$ACTION = 'DELETE'
  ) AS gone
  WHERE twin.FUND_ID = gone.FUND_ID AND twin.TICKER = gone.TICKER AND twin.AS_OF_DATE = gone.AS_OF_DATE;
END;
$$;

-- Step: rows that are wrong
WITH source_state AS (
  SELECT FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT::NUMBER(38, 6) AS WEIGHT, AS_OF_DATE
  FROM <% source_database %>.<% source_schema %>.<% source_table %>
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY FUND_ID, TICKER, AS_OF_DATE ORDER BY LOAD_TIMESTAMP DESC NULLS LAST, CONSTITUENT_NAME, WEIGHT
  ) = 1
), twin_state AS (
  SELECT FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT::NUMBER(38, 6) AS WEIGHT, AS_OF_DATE
  FROM <% database %>.<% schema %>.NAIVE_TWIN
), iceberg_state AS (
  SELECT FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT::NUMBER(38, 6) AS WEIGHT, AS_OF_DATE
  FROM <% database %>.<% iceberg_schema %>.CONSTITUENTS_ICEBERG
), twin_differs AS (
  SELECT FUND_ID, TICKER, AS_OF_DATE FROM (SELECT * FROM source_state MINUS SELECT * FROM twin_state) AS missing
  UNION
  SELECT FUND_ID, TICKER, AS_OF_DATE FROM (SELECT * FROM twin_state MINUS SELECT * FROM source_state) AS surplus
), iceberg_differs AS (
  SELECT FUND_ID, TICKER, AS_OF_DATE FROM (SELECT * FROM source_state MINUS SELECT * FROM iceberg_state) AS missing
  UNION
  SELECT FUND_ID, TICKER, AS_OF_DATE FROM (SELECT * FROM iceberg_state MINUS SELECT * FROM source_state) AS surplus
)
SELECT
  (SELECT COUNT(*) FROM twin_differs) AS TWIN_WRONG,
  (SELECT COUNT(*) FROM iceberg_differs) AS ICEBERG_WRONG;
