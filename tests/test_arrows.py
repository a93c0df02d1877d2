"""The arrows of docs/architecture.md: no room imports one above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from src import emulator

ROOT = Path(__file__).resolve().parent.parent
OURS = ("config", "setup", "src", "demos")

# What each room may import of the rest.
ALLOWED: dict[str, frozenset[str]] = {
    "setup": frozenset({"config", "src", "src.config", "src.deployment", "src.utils"}),
    "config": frozenset({"src.config", "settings"}),
    # Of each demo: config.py holds them.
    "settings": frozenset({"src.config"}),
    "demos": frozenset({"settings", "src.demo_kit", "src.deployment", "src.utils", "src.config"}),
    "src": frozenset(),
    "src.__main__": frozenset({"src.commands", "src.utils"}),
    # Every command stands in its table, and is loaded when it is run.
    "src.commands": frozenset({"src", "src.utils"}),
    "src.demo_kit": frozenset({"src.deployment", "src.infrastructure", "src.utils", "src.config"}),
    "src.deployment": frozenset({"src.infrastructure", "src.pipelines", "src.data_sharing", "src.utils", "src.config"}),
    "src.infrastructure": frozenset({"src.utils", "src.config"}),
    "src.pipelines": frozenset({"src.utils", "src.config"}),
    "src.data_sharing": frozenset({"src.utils", "src.config"}),
    "src.utils": frozenset({"src.config"}),
    "src.config": frozenset(),
    "src.emulator": frozenset(),
}
# The one door to the emulator, the one to config.py for commands, and a command's name in a room below it.
DOORS = {
    "src/utils/snowpark_session.py": {"src.emulator"},
    "src/config/reading.py": {"config"},
    "src/infrastructure/roles.py": {"src.deployment"},
    "demos/factset_etf_iceberg/page/app.py": {"config"},
}

# The emulator's floors, from the ground up: a file imports its own room and the floors below, no room beside it.
# What rooms of one floor need of each other, statements.py and engine.py hand them, or a protocol of a floor below.
FLOORS: tuple[frozenset[str], ...] = tuple(
    frozenset(floor.split())
    for floor in """
        editions
        errors
        language
        store
        account
        session
        catalog
        sql
        objects
        capture history iceberg sharing staging tasks
        pipeline
        sweep upkeep
        engine
        protocol
        __init__ __main__
    """.strip().splitlines()
)
EMULATOR = "src.emulator"

FILES = [
    ROOT / "config.py",
    ROOT / "setup.py",
    *sorted((ROOT / "src").rglob("*.py")),
    *sorted((ROOT / "demos").rglob("*.py")),
]


def room(module: str) -> str:
    """`src.deployment.runner` is in `src.deployment`, `demos.x.y` in `demos`."""
    parts = module.split(".")
    if parts[0] == "demos" and parts[-1] == "settings":
        return "settings"
    return ".".join(parts[:2]) if parts[0] == "src" else parts[0]


def imports(file: Path) -> Iterator[str]:
    """The modules of ours that the file imports, wherever in it, by their absolute names."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from src import utils` imports the room utils; `from src.utils import sql` the room alone matters.
            whole = module in ("src", EMULATOR)
            names = [f"{module}.{alias.name}" for alias in node.names] if whole else [module]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in OURS)


def wrong_imports(file: Path) -> Iterator[str]:
    path = file.relative_to(ROOT)
    own = room(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    for module in imports(file):
        target = "src" if module == "src.__version__" else room(module)
        if path.name == "__main__.py" and target == "config":
            continue
        if target != own and target not in ALLOWED[own] and target not in DOORS.get(path.as_posix(), set()):
            yield f"{path} imports {module}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_stands_below_it(file: Path) -> None:
    assert list(wrong_imports(file)) == []


def floor_of(module: str) -> int | None:
    """How high a module of the emulator, or a name of its face, stands; None for one on no floor."""
    parts = module.split(".")
    name = parts[2] if len(parts) > 2 else "__init__"
    return next((height for height, floor in enumerate(FLOORS) if name in floor), None)


def wrong_floors(file: Path) -> Iterator[str]:
    own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for module in imports(file):
        if module.startswith(EMULATOR) and module.split(".")[2:3] != own.split(".")[2:3]:
            target, height = floor_of(module), floor_of(own)
            if target is None or height is None or target >= height:
                yield f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize(
    "file", sorted((ROOT / "src" / "emulator").rglob("*.py")), ids=lambda file: file.relative_to(ROOT).as_posix()
)
def test_a_file_of_the_emulator_imports_only_its_room_and_lower_floors(file: Path) -> None:
    assert list(wrong_floors(file)) == []


def test_each_room_of_the_emulator_is_on_one_floor() -> None:
    entries = (ROOT / "src" / "emulator").iterdir()
    rooms = sorted(entry.stem for entry in entries if entry.suffix == ".py" or (entry / "__init__.py").exists())
    assert sorted(room for floor in FLOORS for room in floor) == rooms


def test_an_import_upwards_or_sideways_in_the_emulator_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "src" / "emulator" / "capture" / "bad.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "from typing import TYPE_CHECKING\n"
        "from .. import errors\n"
        "from ..iceberg import commits\n"
        "from ..session import Session\n"
        "from . import streams\n"
        "if TYPE_CHECKING:\n"
        "    from ..engine import Engine\n"
        "def f():\n"
        "    from src.emulator import Options\n"
    )
    assert sorted(wrong_floors(file)) == [
        "src/emulator/capture/bad.py imports src.emulator.Options",
        "src/emulator/capture/bad.py imports src.emulator.engine",
        "src/emulator/capture/bad.py imports src.emulator.iceberg",
    ]


def test_the_rest_uses_the_emulator_through_its_face() -> None:
    outside = [file for file in FILES if "emulator" not in file.relative_to(ROOT).parts]
    used = {(file.name, module) for file in outside for module in imports(file) if module.startswith(EMULATOR)}
    assert {(file, module.split(".")[-1]) for file, module in used} == {
        ("snowpark_session.py", name) for name in emulator.__all__ if name not in ("Address", "Options")
    }


def test_every_room_is_known() -> None:
    rooms = {room(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")) for file in FILES}
    assert rooms <= set(ALLOWED)


def test_an_import_upwards_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "src" / "config" / "bad.py"
    file.parent.mkdir(parents=True)
    file.write_text("from ..deployment import runner\nfrom src import emulator\nimport config\n")
    assert list(wrong_imports(file)) == [
        "src/config/bad.py imports src.deployment",
        "src/config/bad.py imports src.emulator",
        "src/config/bad.py imports config",
    ]
