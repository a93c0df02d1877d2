"""Snowflake's SQL as DuckDB is to understand it, and what a statement answers."""
