"""Binds a statement before it is translated: names, then types, then implicit casts, then DuckDB's words for them."""
