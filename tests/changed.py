"""The tests of the rooms whose files have changed, for `make check`: python -m tests.changed [COMMIT]."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

ALWAYS = ("tests/test_arrows.py",)

# The tests of what has no folder or file of the same name in tests/. The longest beginning of a path counts.
TESTS: dict[str, tuple[str, ...]] = {
    "config.py": ("tests/config", "tests/infrastructure", "tests/test_sql_files.py"),
    "setup.py": ("tests/test_setup.py",),
    "sql": ("tests/test_sql_files.py", "tests/test_operations.py"),
    "docs": ("tests/test_documents.py",),
    "README.md": ("tests/test_documents.py",),
    "docs/best_practices.md": ("tests/test_best_practices.py",),
    "docs/reliability.md": ("tests/reliability/test_promises.py",),
    "pyproject.toml": ("tests/reliability/test_supply_chain.py",),
    "constraints.txt": ("tests/reliability/test_supply_chain.py",),
    "src/demo_kit": ("tests/demos",),
    "src/emulator": ("tests/emulator/session/test_session.py", "tests/emulator/language/test_dialect.py"),
    "src/emulator/capture": (
        "tests/emulator/capture/test_streams.py",
        "tests/emulator/session/test_transactions.py",
        "tests/emulator/sql/test_merge.py",
    ),
    "src/emulator/catalog": ("tests/emulator/capture/test_streams.py", "tests/emulator/sharing/test_shares.py"),
    "src/emulator/history": (
        "tests/emulator/history/test_information_schema.py",
        "tests/emulator/history/test_account_usage.py",
    ),
    "src/emulator/iceberg": ("tests/emulator/iceberg/test_iceberg.py",),
    "src/emulator/language": (
        "tests/emulator/language/test_dialect.py",
        "tests/emulator/language/test_several.py",
    ),
    "src/emulator/objects": (
        "tests/emulator/objects/test_objects.py",
        "tests/emulator/objects/test_grants.py",
        "tests/emulator/objects/test_views.py",
        "tests/emulator/staging/test_pipes.py",
    ),
    "src/emulator/pipeline": (
        "tests/emulator/pipeline/test_odd_statements.py",
        "tests/emulator/sql/test_functions.py",
        "tests/emulator/pipeline/test_table_functions.py",
    ),
    "src/emulator/protocol": ("tests/emulator/protocol/test_serving.py", "tests/emulator/session/test_session.py"),
    "src/emulator/session": (
        "tests/emulator/session/test_transactions.py",
        "tests/emulator/session/test_running.py",
        "tests/emulator/history/test_history.py",
    ),
    "src/emulator/sharing": (
        "tests/emulator/sharing/test_shares.py",
        "tests/emulator/capture/test_imported_streams.py",
    ),
    "src/emulator/staging": (
        "tests/emulator/staging/test_files.py",
        "tests/emulator/staging/test_load.py",
        "tests/emulator/staging/test_staged.py",
        "tests/emulator/staging/test_unload.py",
        "tests/emulator/staging/test_infer_schema.py",
    ),
    "src/emulator/sql": ("tests/emulator/sql/test_fakesnow_passes.py", "tests/emulator/sql/test_functions.py"),
    "src/emulator/store": (
        "tests/emulator/store/test_damage.py",
        "tests/emulator/store/test_definitions.py",
        "tests/emulator/store/test_large_results.py",
        "tests/emulator/protocol/test_local_access.py",
    ),
    "src/emulator/tasks": (
        "tests/emulator/tasks/test_tasks.py",
        "tests/emulator/tasks/test_scheduler.py",
        "tests/emulator/tasks/test_scripting.py",
    ),
}


def covering(path: str) -> tuple[str, ...]:
    """The tests that cover a file: it is one, TESTS names them, or they are in the folder of its room in tests/."""
    if Path(path).match("test_*.py"):
        return (path,)
    for place in (path, *map(str, Path(path).parents)):
        if place in TESTS:
            return TESTS[place]
    room = f"tests/{path.removeprefix('src/').removeprefix('tests/').split('/')[0]}"
    return (room,) if (ROOT / room).is_dir() else ()


def changed(since: str) -> Iterator[str]:
    """The files that differ from a commit, and those that git does not know yet."""
    for words in (("diff", "--name-only", "--diff-filter=d", since), ("ls-files", "--others", "--exclude-standard")):
        done = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
        yield from done.stdout.splitlines()


if __name__ == "__main__":
    tests = {test for path in changed(sys.argv[1] if sys.argv[1:] else "HEAD") for test in covering(path)}
    print(*sorted(tests.union(ALWAYS)))
