"""The same scenarios on a real Snowflake account, under a prefix of their own. Skipped unless a connection is named."""
