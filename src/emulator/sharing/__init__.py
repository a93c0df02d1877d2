"""Shares, the second account, and the databases imported from it."""
