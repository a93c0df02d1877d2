"""What brings an account to the configuration, compares it, and clears it."""
