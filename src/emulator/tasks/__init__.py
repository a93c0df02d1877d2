"""Tasks with their scheduler, and Snowflake Scripting, which their bodies are written in."""
