"""Snowflake's protocol over HTTP on loopback: how clients reach the account."""
