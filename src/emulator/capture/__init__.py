"""Change data capture: transactions, row identity, change logs, streams."""
