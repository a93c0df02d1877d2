"""What happens to data after setup: files are loaded, rows are typed and deduplicated, tables are checked."""
