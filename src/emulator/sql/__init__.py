"""From Snowflake's SQL to DuckDB's: a statement is bound (names, types, casts), then said in DuckDB's words."""
