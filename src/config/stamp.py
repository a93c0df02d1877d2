"""The ownership stamp: the end of every object's comment, by which the product knows what is its own."""

import re
from dataclasses import dataclass

_PRODUCT = "data-eng-demo"
_STAMP = re.compile(rf"\[{_PRODUCT} (?P<deployment>\S+) (?P<part>\S+?)(?P<standard> standard)?\]\s*$")


@dataclass(frozen=True)
class Stamp:
    """Whose object it is: the deployment (its database's name), the part of the product that made it, the edition.

    `part` is the mode, full or quick; a demo on top of the infrastructure stamps its objects with its own name.
    `standard` says that Standard edition refused the configured Time Travel, so that one day is as it should be.
    """

    deployment: str
    part: str
    standard: bool = False

    def __str__(self) -> str:
        return f"[{_PRODUCT} {self.deployment} {self.part}{' standard' if self.standard else ''}]"

    def on(self, comment: str) -> str:
        """The comment with the stamp at its end."""
        return f"{comment} {self}".strip()


def read_stamp(comment: str | None) -> Stamp | None:
    """The stamp at the end of a comment; None if there is none."""
    found = _STAMP.search(comment or "")
    return Stamp(found["deployment"], found["part"], bool(found["standard"])) if found else None
