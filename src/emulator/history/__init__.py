"""What an account says of itself: history, the Information Schema, table functions."""
