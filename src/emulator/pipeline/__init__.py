"""How a statement travels from its text to its answer (README.md)."""
