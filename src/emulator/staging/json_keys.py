"""JSON as Python reads it: whether an object has a key twice, and how deep it may be nested."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..language.depth import DEEPEST, with_room

T = TypeVar("T")


class Twice(Exception):
    """A key that an object has twice."""


def once(pairs: list[tuple[str, Any]]) -> None:
    """For a decoder's `object_pairs_hook`. Raises Twice."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Twice(next(key for key in keys if keys.count(key) > 1))


def deeply(read: Callable[[], T]) -> T:
    """What reads a text, with more room if it is nested deeper than the interpreter usually goes."""
    try:
        return read()
    except RecursionError:
        return with_room(DEEPEST, read)
