"""Snowflake's language as text: words, names, trees, and what a statement answers."""
