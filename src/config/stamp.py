"""The ownership stamp: the end of every object's comment, by which the product knows what is its own."""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .expiry import read_moment, written

_PRODUCT = "data-eng-demo"
_STAMP = re.compile(
    rf"\[{_PRODUCT} (?P<deployment>\S+) (?P<part>\S+?)(?P<standard> standard)?"
    r"( until (?P<until>\S+?))?( adopted (?P<previous>[\w-]*))?\]\s*$"
)


@dataclass(frozen=True)
class Stamp:
    """Whose object it is: the deployment (its database's name), the part of the product that made it, the edition.

    `part` is the mode, full or quick; a demo on top of the infrastructure stamps its objects with its own name.
    `standard` says that Standard edition refused the configured Time Travel, so that one day is as it should be.
    `until` says when it expires, for `gc`; None never.
    `previous` says that the object was another's before, and what its values were then; None if the product made it.
    """

    deployment: str
    part: str
    standard: bool = False
    previous: Mapping[str, str] | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        adopted = "" if self.previous is None else f" adopted {_packed(self.previous)}"
        standard = " standard" if self.standard else ""
        until = f" until {written(self.until)}" if self.until else ""
        return f"[{_PRODUCT} {self.deployment} {self.part}{standard}{until}{adopted}]"

    def on(self, comment: str) -> str:
        """The comment with the stamp at its end."""
        return f"{comment} {self}".strip()


def read_stamp(comment: str | None) -> Stamp | None:
    """The stamp at the end of a comment; None if there is none."""
    match = _STAMP.search(comment or "")
    if match is None:
        return None
    previous = None if match["previous"] is None else _unpacked(match["previous"])
    until = read_moment(match["until"] or "")
    return Stamp(match["deployment"], match["part"], bool(match["standard"]), previous, until)


def without_stamp(comment: str) -> str:
    """The comment before the stamp."""
    return _STAMP.sub("", comment).strip()


def keeping(comment: str, previous: Mapping[str, str] | None = None, until: datetime | None = None) -> str:
    """The stamped comment, with a stamp that keeps these values and expires then; None is one that does not."""
    stamp = read_stamp(comment)
    return comment if stamp is None else replace(stamp, previous=previous, until=until).on(without_stamp(comment))


def _packed(previous: Mapping[str, str]) -> str:
    text = json.dumps(previous, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii").rstrip("=")


_MOST_BYTES = 1024 * 1024  # of the old values of one object


def _unpacked(text: str) -> dict[str, str]:
    """The values; {} if somebody has edited them, which their checksum tells."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        previous = json.loads(zlib.decompressobj().decompress(packed, _MOST_BYTES))
    except (ValueError, zlib.error, RecursionError):
        return {}
    return {str(name): str(value) for name, value in previous.items()} if isinstance(previous, dict) else {}
