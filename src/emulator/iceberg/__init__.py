"""Iceberg tables with Snowflake as the catalog, real on disk, and Time Travel on them."""
