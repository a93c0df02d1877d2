"""What every room above the configuration uses: SQL text, errors, connections, the session."""
