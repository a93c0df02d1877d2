"""Values that were written as texts, in quotes."""


class Text(str):
    """A text that a statement gives in quotes: some messages show it in them."""
