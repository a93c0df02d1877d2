"""What a client's script is made of: things to do, in order, each of which passes or says why not.

It runs in the client's environment, which has nothing of this project's.
"""

import json
import os
import re
from collections.abc import Callable
from typing import Any

EMULATOR: dict[str, Any] = json.loads(os.environ["EMULATOR"])
_TRIALS: list[tuple[str, Callable[[], object], str]] = []
_LONGEST = 200


def does(what: str, *, refused: str = "") -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Names a trial: a function that raises if what it does does not work.

    `refused` is why the emulator refuses it by name, where it cannot be true to an account.
    """

    def named(trial: Callable[[], object]) -> Callable[[], object]:
        _TRIALS.append((what, trial, refused))
        return trial

    return named


def equal(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"{found!r} instead of {expected!r}")


def main(version: str) -> None:
    """Tries everything and says it, a line of JSON each."""
    _say(version=version)
    for what, trial, refused in _TRIALS:
        try:
            trial()
        except Exception as error:
            is_refusal = refused and re.search(r"is not emulated|\b422\b", str(error))
            _say(does=what, reason=f"refused: {refused}" if is_refusal else _short(error))
        else:
            _say(does=what, reason=None)


def _say(**told: object) -> None:
    print(json.dumps(told), flush=True)


_CHANGES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|SNOWPARK_TEMP_\w+|/tmp/\S+|https?://\S+|0x[0-9a-f]{6,}", re.IGNORECASE
)


def _short(error: BaseException) -> str:
    """The error's first lines without what differs from run to run."""
    words = " ".join(_CHANGES.sub("...", f"{type(error).__name__}: {error}").split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]} ..."
