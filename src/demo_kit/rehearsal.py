"""Plays a presenter's script on an emulator of its own, against the clock, and tells what differs from its promises."""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from src.config import DemoConfig
from src.utils.snowpark_session import client_errors, explain, open_session, resolve_target
from src.utils.terminal import shortened
from src.utils.working import Doing

from .cells import PYTHON, shown, words_of
from .manifest import Manifest
from .script import Block, Part, is_shown, parts

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

Tell = Callable[[str], object]

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST_SECONDS = 300
_LONGEST_TITLE = 60
# What a person has set for other work, and what a rehearsal has of its own.
_NOT_HANDED_ON = ("SNOWFLAKE_DEFAULT_CONNECTION_NAME", "DATA_ENG_DEMO_PREFIX", "COLUMNS")


@dataclass(frozen=True)
class Played:
    """A block, what it showed, and how long that took."""

    block: Block
    shown: str
    seconds: float

    @property
    def is_as_promised(self) -> bool:
        return self.block.expected is None or is_shown(self.block.expected, self.shown)


def rehearse(manifest: Manifest, config: DemoConfig, script: Path, tell: Tell, doing: Doing) -> bool:
    """Tells of each block how long it took, and what differs; returns whether all is as the script promises.

    It has a state folder of its own and no connections, so that nothing of what is there is touched.
    """
    played: list[Played] = []
    late = 0
    with _place(), open_session(resolve_target("local"), query_tag=config.query_tag) as opened:
        languages = {
            "bash": _in_shell,
            "sql": lambda text: _in_worksheet(opened.session.connection, manifest.settings(config).warehouse, text),
        }
        for part in parts(script.read_text(encoding="utf-8")):
            if not part.blocks:
                continue
            planned = "" if part.minutes is None else f" ({part.minutes} minutes)"
            tell(f"{part.title}{planned}")
            done = [_played(block, languages, doing) for block in part.blocks]
            for one in done:
                for line in _lines(one, manifest):
                    tell(line)
            played += done
            late += _is_late(part, done, tell)
    kept = sum(one.is_as_promised for one in played)
    seconds = sum(one.seconds for one in played)
    tell(f"{kept} of {len(played)} blocks show what {script.name} promises; {seconds:.0f} s of work in all.")
    return kept == len(played) and not late


def _played(block: Block, languages: Mapping[str, Callable[[str], str]], doing: Doing) -> Played:
    doing(block.text.strip().partition("\n")[0])
    begin = time.monotonic()
    shown = languages[block.language](block.text)
    return Played(block, shown, time.monotonic() - begin)


def _lines(one: Played, manifest: Manifest) -> Iterator[str]:
    own = f"{PYTHON} -m {manifest.command.rpartition(' ')[2]} "
    first, *more = one.block.text.strip().splitlines()
    what = shortened(f"{first.replace(own, '')}{' ...' if more else ''}", _LONGEST_TITLE)
    yield f"  {'ok     ' if one.is_as_promised else 'DIFFERS'} {one.seconds:5.1f} s  {what}"
    if not one.is_as_promised:
        yield from ("    promised:", *_indented(one.block.expected or ""), "    shown:", *_indented(one.shown))


def _indented(text: str) -> Iterator[str]:
    return (f"      {line}" for line in text.strip("\n").splitlines())


def _is_late(part: Part, done: list[Played], tell: Tell) -> bool:
    """Whether the work alone takes longer than the talk has for the part."""
    seconds = sum(one.seconds for one in done)
    is_late = part.minutes is not None and seconds > part.minutes * 60
    if is_late:
        tell(f"  LATE    {seconds:5.1f} s of work in {part.minutes} minutes")
    return is_late


@contextmanager
def _place() -> Iterator[None]:
    """An account that nobody has used, and a person with no connection configured."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        before = dict(os.environ)
        for name in _NOT_HANDED_ON:
            os.environ.pop(name, None)
        os.environ |= {"DATA_ENG_DEMO_STATE": f"{folder}/state", "SNOWFLAKE_HOME": folder, "NO_COLOR": "1"}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _in_shell(text: str) -> str:
    """What the lines show: commands of this project, with `|| echo "..."` for one that is to fail, and make."""
    return "".join(_shown_by(line) for line in text.strip().splitlines())


def _shown_by(line: str) -> str:
    command, _, otherwise = line.partition(" || echo ")
    done = subprocess.run(
        [sys.executable, *words_of(command)],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )
    if done.returncode and not otherwise:
        return f"{done.stdout}{line}: ended with {done.returncode}.\n"
    return done.stdout + (shlex.split(otherwise)[0].replace("$?", str(done.returncode)) + "\n" if otherwise else "")


def _in_worksheet(connection: "SnowflakeConnection", warehouse: str, text: str) -> str:
    try:
        connection.cursor().execute(f"USE WAREHOUSE {warehouse}")
        return shown(text, connection)
    except client_errors() as error:
        return explain(error)
