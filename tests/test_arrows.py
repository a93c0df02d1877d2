"""The arrows of docs/architecture.md: no room imports one above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    "src.demo_kit": frozenset({"src.deployment", "src.infrastructure", "src.utils", "src.config"}),
    "src.deployment": frozenset({"src.infrastructure", "src.pipelines", "src.data_sharing", "src.utils", "src.config"}),
    "src.infrastructure": frozenset({"src.utils", "src.config"}),
    "src.pipelines": frozenset({"src.utils", "src.config"}),
    "src.data_sharing": frozenset({"src.utils", "src.config"}),
    "src.utils": frozenset({"src.config"}),
    "src.config": frozenset(),
    "src.emulator": frozenset(),
}
# The one door to the emulator, and commands that are modules of a room: as every __main__ does, they hand CONFIG down.
DOORS = {
    "src/utils/snowpark_session.py": {"src.emulator"},
    "src/data_sharing/monitoring.py": {"config"},
    "src/infrastructure/roles.py": {"config", "src.deployment"},
}

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
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "src" else [module]
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
