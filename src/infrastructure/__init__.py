"""The infrastructure as statements: pure functions of the configuration."""
