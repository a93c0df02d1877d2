"""Two commands at the same time on one account: none crashes, and what they leave, the next run mends."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from src.utils.snowpark_session import open_session, resolve_target

from ..lengths import LONG
from . import victims
from .conftest import Copy
from .looking import missing, residue, serving
from .victims import perform

Pair = tuple[tuple[str, str], tuple[str, str]]

# On which account two commands, each with a prefix, run; the second begins a little later, if at all.
PAIRS: list[tuple[str, Pair]] = [
    ("empty", (("full", ""), ("full", ""))),
    ("full", (("cleanup", ""), ("full", ""))),
    ("full", (("cleanup", ""), ("cleanup", ""))),
    ("empty", (("full", "ALICE"), ("full", "BOB"))),
]
DEMOS: list[tuple[str, Pair]] = [
    ("full", (("deploy", ""), ("deploy", ""))),
    ("full", (("deploy", ""), ("cleanup", ""))),
    ("deployed", (("remove", ""), ("deploy", ""))),
    ("deployed", (("run", ""), ("cleanup", ""))),
]
SECONDS_LATER = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0) if LONG else (0.0,)


def at_once(state: Path, pair: Pair, seconds_later: float = 0) -> tuple[list[int | None], str]:
    """How two commands ended that ran at the same time, each in a process of its own, and what they printed."""
    started = []
    for number, (command, prefix) in enumerate(pair):
        output = state.with_name(f"{state.name}.{number}")
        started.append((victims.start(state, command, prefix, output=output), output))
        time.sleep(seconds_later * (1 - number))
    for process, _ in started:
        process.join(120)
    return [process.exitcode for process, _ in started], "".join(output.read_text() for _, output in started)


def named(case: object) -> str:
    return case if isinstance(case, str) else " and ".join(f"{command} {prefix}".strip() for command, prefix in case)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("account", "pair"), [*PAIRS, *DEMOS] if LONG else [*PAIRS[:2], *DEMOS[:1]], ids=named)
def test_what_two_commands_at_once_leave_is_mended_by_the_next_run(account: str, pair: Pair, copied: Copy) -> None:
    for seconds_later in SECONDS_LATER:
        with serving(copied(account)) as served:
            ended, printed = at_once(served.folder, pair, seconds_later)
            assert set(ended) <= {0, 1, 4}, printed  # 4: what the other has half removed is refused
            assert "Traceback" not in printed
            assert "internal error" not in printed
            for prefix in sorted({prefix for _, prefix in pair}):
                assert (perform("full", prefix), missing(prefix)) == (0, [])
            assert [perform("cleanup", prefix) for prefix in {prefix for _, prefix in pair}] in ([0], [0, 0])
            assert residue() == []


def test_two_demos_with_two_prefixes_do_not_touch_each_other(copied: Copy) -> None:
    pairs = [((command, "ALICE"), (command, "BOB")) for command in ("full", "deploy", "run", "verify")]
    with serving(copied("empty")) as served:
        for pair in pairs:
            ended, printed = at_once(served.folder, pair)
            assert ended == [0, 0], printed
        assert (perform("cleanup", "ALICE"), missing("BOB"), perform("verify", "BOB")) == (0, [], 0)
        assert (perform("cleanup", "BOB"), residue()) == (0, [])


MADE_AT_ONCE = (
    "CREATE DATABASE IF NOT EXISTS D",
    "CREATE OR ALTER WAREHOUSE WH",
    "CREATE TABLE IF NOT EXISTS D.PUBLIC.T (ID INT)",
    "CREATE ICEBERG TABLE IF NOT EXISTS D.PUBLIC.I (ID INT)",
    "CREATE STREAM IF NOT EXISTS D.PUBLIC.S ON TABLE D.PUBLIC.T",
    "CREATE OR REPLACE VIEW D.PUBLIC.V AS SELECT ID FROM D.PUBLIC.T",
    "DROP TABLE IF EXISTS D.PUBLIC.I",
)


def test_an_object_that_sessions_make_or_drop_at_the_same_time_is_made_or_dropped_once(copied: Copy) -> None:
    with serving(copied("empty")), ExitStack() as stack, ThreadPoolExecutor(4) as threads:
        sessions = [stack.enter_context(open_session(resolve_target("local"), query_tag="TEST")) for _ in range(4)]
        for sql in MADE_AT_ONCE:
            list(threads.map(lambda one, sql=sql: one.session.connection.cursor().execute(sql), sessions))
        sessions[0].session.connection.cursor().execute("DROP DATABASE D")
        sessions[0].session.connection.cursor().execute("DROP WAREHOUSE WH")
        assert residue() == []
