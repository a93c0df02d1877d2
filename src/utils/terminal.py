"""What is written to a terminal: names of others may hold what would steer it."""

import re

# C0 but for the tab and the end of a line, DEL, C1, and the marks that turn the direction of writing.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text with control characters written out, as `\\x1b`: a name cannot clear the screen or hide what is said."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
