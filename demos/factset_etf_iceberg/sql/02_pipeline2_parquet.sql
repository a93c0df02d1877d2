-- Pipeline 2: stream -> task -> Parquet files. Every change is kept, with both images of an update; there is no table.
-- Repeatable: the stream keeps its offset, and no file is ever overwritten.

-- Step: warehouse
USE WAREHOUSE <% warehouse %>;

-- Step: STREAM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM
CREATE STREAM IF NOT EXISTS <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM
  ON <% followed_form %> <% followed_table %>
  SHOW_INITIAL_ROWS = TRUE
  COMMENT = 'Changes that the audit files have not seen yet; at first, all rows. <% stamp %>';

-- Step: suspension, since a started task cannot be altered
ALTER TASK IF EXISTS <% database %>.<% schema %>.CONSTITUENTS_AUDIT_TASK SUSPEND;

-- Step: TASK <% database %>.<% schema %>.CONSTITUENTS_AUDIT_TASK
CREATE OR ALTER TASK <% database %>.<% schema %>.CONSTITUENTS_AUDIT_TASK
  WAREHOUSE = <% warehouse %>
  QUERY_TAG = <% query_tag %>
  SUSPEND_TASK_AFTER_NUM_FAILURES = 3
  COMMENT = 'Writes the pending changes to the audit files, in one COPY. <% stamp %>'
  WHEN SYSTEM$STREAM_HAS_DATA('<% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM')
AS
EXECUTE IMMEDIATE
$$
BEGIN
  -- The batch is named by this query; a statement cannot know its own id. The COPY's stands in the names of its files.
  SELECT SYSTEM$STREAM_HAS_DATA('<% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM');

  COPY INTO @<% database %>.<% schema %>.<% stage %>/constituents/
  FROM (
    SELECT
      CASE
        WHEN METADATA$ISUPDATE THEN 'UPDATE'
        WHEN METADATA$ACTION = 'INSERT' THEN 'ADD'
        ELSE 'DELETE'
      END AS OP_TYPE,
      CASE METADATA$ACTION WHEN 'DELETE' THEN 'BEFORE' ELSE 'AFTER' END AS ROW_IMAGE,
      FUND_ID, TICKER, CONSTITUENT_NAME, WEIGHT, SHARES, MARKET_VALUE, SECTOR, INDUSTRY, COUNTRY, AS_OF_DATE,
      LOAD_TIMESTAMP,
      SYSDATE() AS PROCESSED_TS,
      METADATA$ROW_ID AS SOURCE_ROW_ID,
      LAST_QUERY_ID() AS BATCH_ID
    FROM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM
  )
  PARTITION BY (
    'date=' || TO_VARCHAR(PROCESSED_TS::TIMESTAMP_NTZ, 'YYYY-MM-DD')
    || '/hour=' || TO_VARCHAR(PROCESSED_TS::TIMESTAMP_NTZ, 'HH24')
  )
  FILE_FORMAT = (TYPE = PARQUET COMPRESSION = SNAPPY)
  HEADER = TRUE;
END;
$$;

-- Step: grants
EXECUTE IMMEDIATE
$$
BEGIN
  GRANT SELECT ON STREAM <% database %>.<% schema %>.CONSTITUENTS_AUDIT_STREAM TO ROLE <% role %>;
  GRANT MONITOR, OPERATE ON TASK <% database %>.<% schema %>.CONSTITUENTS_AUDIT_TASK TO ROLE <% role %>;
  RETURN 'granted';
<% unless_there_is_no_role %>
END;
$$;

-- Step: resumption
ALTER TASK <% database %>.<% schema %>.CONSTITUENTS_AUDIT_TASK RESUME;
