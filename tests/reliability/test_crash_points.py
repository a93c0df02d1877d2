"""A run that is killed after any of its statements leaves nothing that the next run does not complete or remove."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Literal

import pytest

from ..lengths import LONG
from . import victims
from .conftest import Copy
from .looking import missing, residue, serving, wait_for_the_dead
from .victims import KILLED, perform

# The process that is killed is the account's (embedded), or a client of an account that lives on.
Dies = Literal["account", "client"]


@dataclass(frozen=True)
class Kill:
    """A command that is killed on an account, the commands that mend it, and the look that then finds nothing amiss."""

    command: str
    account: str
    mending: tuple[str, ...]
    look: Callable[[], list[str]]

    def __str__(self) -> str:
        return f"{self.command}, then {' '.join(self.mending)}"


FULL = Kill("full", "empty", ("full",), missing), Kill("full", "empty", ("cleanup",), residue)
CLEANUP = Kill("cleanup", "full", ("full",), missing), Kill("cleanup", "full", ("cleanup",), residue)
DEPLOY = Kill("deploy", "full", ("deploy", "run", "verify"), missing), Kill("deploy", "full", ("cleanup",), residue)
REMOVE = (
    Kill("remove", "deployed", ("remove", "deploy", "run", "verify"), missing),
    Kill("remove", "deployed", ("remove", "cleanup"), residue),
)

# After which statements the process is killed: a few in the short form, every one in the long form.
FEW: list[tuple[Kill, Dies, tuple[int, ...]]] = [
    (FULL[0], "account", (30, 75)),
    (FULL[0], "client", (50,)),
    (FULL[1], "account", (45,)),
    (CLEANUP[0], "client", (8,)),
    (CLEANUP[1], "account", (9,)),
    (DEPLOY[0], "account", (20,)),
    (DEPLOY[1], "client", (15,)),
]
EVERY: list[tuple[Kill, Dies, Iterable[int]]] = [
    (kill, dies, count(1)) for kill in FULL + CLEANUP + DEPLOY + REMOVE for dies in ("account", "client")
]


@pytest.mark.parametrize(("kill", "dies", "points"), EVERY if LONG else FEW, ids=str)
def test_what_a_kill_leaves_is_mended_by_the_next_run(
    kill: Kill, dies: Dies, points: Iterable[int], copied: Copy
) -> None:
    killed = 0
    for point in points:
        if not _is_mended(kill, dies, point, copied):
            break
        killed += 1
    # Every command has so many statements, and the points of the short form are among them.
    assert killed > 10 if LONG else killed == len(list(points))


def _is_mended(kill: Kill, dies: Dies, point: int, copied: Copy) -> bool:
    """False if the command ended before it was killed."""
    state = copied(kill.account)
    with ExitStack() as stack:
        served = stack.enter_context(serving(state)) if dies == "client" else None
        if victims.run(state, kill.command, kill_after=point) != KILLED:
            return False
        if served is None:
            stack.enter_context(serving(state))
        else:  # what a client has sent before it dies, an account still does
            wait_for_the_dead(served)
        assert [perform(command) for command in kill.mending] == [0] * len(kill.mending), f"killed after {point}"
        assert kill.look() == [], f"killed after {point}"
    return True
