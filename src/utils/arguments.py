"""What functions and data are called with: an argument of a wrong type is a message, before anything is done."""

import functools
import inspect
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from types import GenericAlias, NoneType, UnionType
from typing import Any, Literal, TextIO, TypeVar, Union, get_args, get_origin

from .errors import InputError
from .terminal import shortened

Checked = TypeVar("Checked", bound=Callable[..., Any])

LONGEST_VALUE = 100


def checked(one: Checked) -> Checked:
    """A function, or a dataclass, that raises InputError for an argument that is not of the type it is annotated with.

    A call with an argument too many or too few stays a TypeError, which says it as well as we could.
    """
    if isinstance(one, type):
        one.__init__ = _checking(one.__init__, one.__name__)  # type: ignore[misc]
        return one
    checking: Checked = _checking(one, one.__name__)
    return checking


def _checking(function: Any, name: str) -> Any:
    @functools.cache
    def known() -> tuple[inspect.Signature, Mapping[str, Any]]:
        """Not before the first call: until then modules are under way."""
        return inspect.signature(function), hints_of(function)

    @functools.wraps(function)
    def inside(*arguments: Any, **named: Any) -> Any:
        signature, hints = known()
        for argument, value in signature.bind(*arguments, **named).arguments.items():
            if found := misfit(argument, value, hints[argument]):
                raise InputError(f"{name}: {found}")
        return function(*arguments, **named)

    return inside


def hints_of(function: Any) -> Mapping[str, Any]:
    """The type of each argument."""
    return {one.name: _hint(function, one) for one in inspect.signature(function).parameters.values()}


def _hint(function: Any, parameter: inspect.Parameter) -> Any:
    if parameter.annotation is parameter.empty:
        return Any
    hint = parameter.annotation
    if isinstance(hint, str):
        hint = eval(hint, inspect.unwrap(function).__globals__, _LATE)
    return GenericAlias(Mapping, (str, hint)) if parameter.kind is parameter.VAR_KEYWORD else hint


class _Late(type):
    """A class that is not imported to ask whether something is of it: nothing can be, until another has."""

    def __new__(cls, module: str, name: str) -> "_Late":
        return super().__new__(cls, name, (), {"home": module})

    def __init__(cls, module: str, name: str) -> None:
        super().__init__(name, (), {})

    def __instancecheck__(cls, value: object) -> bool:
        module = sys.modules.get(cls.home)  # type: ignore[attr-defined]
        return module is not None and isinstance(value, getattr(module, cls.__name__))


# What annotations name that is imported for type checkers alone.
_LATE = {
    name: _Late(module, name)
    for module, name in (
        ("snowflake.snowpark", "Session"),
        ("snowflake.snowpark", "DataFrame"),
        ("src.config", "DemoConfig"),
    )
}


def misfit(name: str, value: object, hint: Any) -> str:
    """What is wrong with a value for a type, named as its user knows it, and what to pass; "" if it fits.

    A truth value is no number, a text no list of texts, a moment no date; a whole number is a number.
    """
    origin, of = get_origin(hint), get_args(hint)
    if origin in (UnionType, Union):
        if any(not misfit(name, value, hint) for hint in of):
            return ""
        some = [hint for hint in of if hint is not NoneType]
        return misfit(name, value, some[0]) if len(some) == 1 else _told(name, value, tuple(some))
    if not _is_a(value, hint if origin in (None, Literal) else origin, of):
        return _told(name, value, (hint,))
    parts = _parts(name, value, of) if origin not in (None, Literal, Callable) else ()
    return next(filter(None, (misfit(*part) for part in parts)), "")


def _parts(name: str, value: object, of: tuple[Any, ...]) -> Iterator[tuple[str, object, Any]]:
    """What a list or a mapping holds: its name, its value, and the type that it should have. No iterator is used up."""
    if isinstance(value, Mapping):
        yield from ((f"{name}[{key!r}]", one, of[1]) for key, one in value.items())
    elif isinstance(value, Collection):
        yield from ((f"{name}[{number}]", one, of[0]) for number, one in enumerate(value))


def _is_a(value: object, kind: Any, of: tuple[Any, ...]) -> bool:
    if kind is Any or isinstance(kind, TypeVar):
        return True
    if get_origin(kind) is Literal:
        return any(type(value) is type(one) and value == one for one in of)
    if kind is Callable:
        return callable(value)
    if kind is TextIO:
        return hasattr(value, "write")
    if isinstance(value, bool):
        return kind in (bool, object)
    if of and isinstance(value, str | bytes):
        return False
    if kind is date and isinstance(value, datetime):
        return False
    if getattr(kind, "_is_protocol", False):
        return all(hasattr(value, name) for name in _members(kind))
    return isinstance(value, _ALSO.get(kind, kind))


def _members(protocol: type) -> set[str]:
    """What a class must have to be of a protocol that cannot be asked with isinstance."""
    bases = [base for base in protocol.__mro__ if getattr(base, "_is_protocol", False)]
    names = {name for base in bases for name in (*inspect.get_annotations(base), *vars(base))}
    return {name for name in names if not name.startswith("_")}


# A whole number is a number, and a list will do for a tuple.
_ALSO: Mapping[Any, Any] = {float: int | float, tuple: tuple | list}


def _told(name: str, value: object, hints: tuple[Any, ...]) -> str:
    *some, last = dict.fromkeys(map(_words, hints))
    wanted = f"{', '.join(some)} or {last}" if some else last
    return f"{name} is {shortened(repr(value), LONGEST_VALUE)}. Pass {wanted}."


_WORDS: Mapping[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    date: "a date",
    Callable: "a function",
    tuple: "a list",
    Mapping: "a mapping",
    TextIO: "a stream of text",
}


def _words(hint: Any) -> str:
    kind = get_origin(hint) or hint
    if kind is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    if kind in _WORDS:
        return _WORDS[kind]
    if get_args(hint):
        return "a list"
    if kind.__module__.startswith("pathlib"):  # which takes longer to load than all of this module
        return f"a pathlib.{kind.__name__}"
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"
