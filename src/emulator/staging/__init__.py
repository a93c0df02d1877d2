"""Staged files: file formats, loading, unloading, queries of files."""
