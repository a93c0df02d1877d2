"""The keys of JSON's objects, as a decoder of Python's hears of them."""

from typing import Any


class Twice(Exception):
    """A key that an object has twice."""


def once(pairs: list[tuple[str, Any]]) -> None:
    """For a decoder's `object_pairs_hook`. Raises Twice."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Twice(next(key for key in keys if keys.count(key) > 1))
