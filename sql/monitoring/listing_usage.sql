-- How listings were used in the last 30 days, up to two days late. A direct share is no listing and has no rows here.
-- https://docs.snowflake.com/en/sql-reference/data-sharing-usage/listing-consumption-daily
SELECT
  EVENT_DATE,
  LISTING_NAME,
  CONSUMER_ACCOUNT_NAME,
  SUM(JOBS) AS QUERIES
FROM SNOWFLAKE.DATA_SHARING_USAGE.LISTING_CONSUMPTION_DAILY
WHERE EVENT_DATE >= DATEADD('day', -30, CURRENT_DATE())
GROUP BY EVENT_DATE, LISTING_NAME, CONSUMER_ACCOUNT_NAME
ORDER BY EVENT_DATE DESC, LISTING_NAME, CONSUMER_ACCOUNT_NAME;
