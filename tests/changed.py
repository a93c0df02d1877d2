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
    "src/emulator": ("tests/emulator/test_session.py", "tests/emulator/test_dialect.py"),
    "src/emulator/capture": (
        "tests/emulator/test_streams.py",
        "tests/emulator/test_transactions.py",
        "tests/emulator/test_merge.py",
    ),
    "src/emulator/catalog": ("tests/emulator/test_streams.py", "tests/emulator/test_shares.py"),
    "src/emulator/history": ("tests/emulator/test_information_schema.py", "tests/emulator/test_account_usage.py"),
    "src/emulator/iceberg": ("tests/emulator/test_iceberg.py",),
    "src/emulator/language": (
        "tests/emulator/test_dialect.py",
        "tests/emulator/test_several.py",
    ),
    "src/emulator/objects": (
        "tests/emulator/test_objects.py",
        "tests/emulator/test_grants.py",
        "tests/emulator/test_views.py",
        "tests/emulator/test_pipes.py",
    ),
    "src/emulator/pipeline": (
        "tests/emulator/test_odd_statements.py",
        "tests/emulator/test_functions.py",
        "tests/emulator/test_table_functions.py",
    ),
    "src/emulator/protocol": ("tests/emulator/test_serving.py", "tests/emulator/test_session.py"),
    "src/emulator/session": (
        "tests/emulator/test_transactions.py",
        "tests/emulator/test_running.py",
        "tests/emulator/test_history.py",
    ),
    "src/emulator/sharing": ("tests/emulator/test_shares.py", "tests/emulator/test_imported_streams.py"),
    "src/emulator/staging": (
        "tests/emulator/test_files.py",
        "tests/emulator/test_load.py",
        "tests/emulator/test_staged.py",
        "tests/emulator/test_unload.py",
        "tests/emulator/test_infer_schema.py",
    ),
    "src/emulator/sql": ("tests/emulator/test_fakesnow_passes.py", "tests/emulator/test_functions.py"),
    "src/emulator/store": (
        "tests/emulator/test_damage.py",
        "tests/emulator/test_definitions.py",
        "tests/emulator/test_large_results.py",
        "tests/emulator/test_local_access.py",
    ),
    "src/emulator/tasks": (
        "tests/emulator/test_tasks.py",
        "tests/emulator/test_scheduler.py",
        "tests/emulator/test_scripting.py",
    ),
}


def covering(path: str) -> tuple[str, ...]:
    """The tests that cover a file: it is one, TESTS names them, or they are in the folder of its room in tests/."""
    if Path(path).match("tests/**/test_*.py"):
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
