"""The state folder: its DuckDB files and what they hold besides a user's rows, staged files, results on disk."""
