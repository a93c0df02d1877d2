"""What is installed is pinned, is declared, and is used."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = {"config", "demos", "setup", "src", "tests"}
PROVIDERS = packages_distributions()
# What stands in an environment of its own.
BESIDE = ("page", "browser")
PAGE = Path(sys.prefix) / "page" / "bin" / "python"
# Dev tools that nothing imports, and the words by which a file uses them.
USED_BY_NAME = {
    "ruff": ("Makefile", "$(BIN)/ruff"),
    "mypy": ("Makefile", "$(BIN)/mypy"),
    "pytest-timeout": ("pyproject.toml", "-p pytest_timeout"),
    "pytest-xdist": ("pyproject.toml", "-n auto"),
}


def project() -> dict[str, list[Requirement]]:
    """The declared requirements: of the product, the emulator (local), development (dev), the page and its browser."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"product": about["dependencies"], **about["optional-dependencies"]}
    return {group: [Requirement(line) for line in lines] for group, lines in groups.items()}


def pins(file: str) -> dict[NormalizedName, str]:
    return read_pins((ROOT / file).read_text(encoding="utf-8").split())


def read_pins(words: list[str]) -> dict[NormalizedName, str]:
    return {canonicalize_name(name): version for name, version in (word.split("==") for word in words)}


def names_of(*groups: str) -> set[NormalizedName]:
    return {canonicalize_name(one.name) for group in groups for one in project()[group]}


def installed(wanted: list[Requirement]) -> dict[NormalizedName, str]:
    """Every distribution that the requirements come to on this machine, with its version here."""
    found: dict[NormalizedName, str] = {}
    followed: set[tuple[NormalizedName, str]] = set()
    todo = [(one, extra) for one in wanted for extra in ("", *one.extras)]
    while todo:
        requirement, extra = todo.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in followed:
            continue
        followed.add((name, extra))
        found[name] = distribution(name).version
        needs = [Requirement(line) for line in distribution(name).requires or ()]
        needs = [one for one in needs if one.marker is None or one.marker.evaluate({"extra": extra})]
        todo += [(one, also) for one in needs for also in ("", *one.extras)]
    return found


def imports_of(file: Path) -> Iterator[str]:
    """The modules of others that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        else:
            continue
        yield from (one for one in modules if one.split(".")[0] not in OURS | sys.stdlib_module_names)


def provider(module: str) -> NormalizedName:
    """The distribution that a module comes with. Two share the package `snowflake`: there the second name decides."""
    if module.startswith("snowflake."):
        return canonicalize_name(f"snowflake-{module.split('.')[1]}-python")
    package = module.split(".")[0]
    [name] = set(PROVIDERS.get(package, [package]))  # what is not installed here, as the page's, is called so
    return canonicalize_name(name)


def imported_by(*places: str) -> set[NormalizedName]:
    files = [file for place in places for file in ([ROOT / place] if place.endswith(".py") else python_in(place))]
    assert files
    return {provider(module) for file in files for module in imports_of(file)}


def imported_by_file(file: Path) -> set[str]:
    return {module.split(".")[0] for module in imports_of(file)}


# The emulator's requirements are its own, and those of the clients' scripts are the clients'.
APART = {"src": "emulator", "tests": "scripts"}


def python_in(place: str) -> list[Path]:
    return [file for file in (ROOT / place).rglob("*.py") if APART.get(place) not in file.parts]


def test_the_constraints_are_exactly_what_the_requirements_come_to() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = pins("constraints.txt")
    groups = {name: group for name, group in project().items() if name not in BESIDE}
    assert pinned == installed([one for group in groups.values() for one in group])
    assert len(pinned) == len(lines)


def test_every_requirement_says_the_oldest_version_that_it_works_with() -> None:
    """Without it the oldest of the workflow would be the first that was ever published."""
    assert [str(one) for group in project().values() for one in group if not one.specifier] == []


def test_the_page_has_what_the_constraints_say_and_nothing_else() -> None:
    assert PAGE.exists(), "The page's environment is missing. Install it with: make .venv/page.stamp"
    code = "from importlib.metadata import distributions as d; print(*(f'{x.name}=={x.version}' for x in d()))"
    found = subprocess.run([PAGE, "-c", code], capture_output=True, text=True, check=True).stdout
    there = read_pins(found.split())
    for name in ("data-eng-demo", "pip", "setuptools"):
        there.pop(canonicalize_name(name), None)
    own, shared = pins("constraints-page.txt"), pins("constraints.txt")
    assert there == own | {name: version for name, version in shared.items() if name in there}
    assert not own.keys() & shared.keys()


def test_what_builds_the_package_is_pinned_too() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert [str(Requirement(line).specifier).startswith("==") for line in build] == [True]


# What a user installs who does not ask for the emulator must suffice for the product without it, but for what the last
# names: `read` says what it lacks.
ROOMS = [
    (("product", "page"), ("setup.py", "config.py", "src", "demos"), {"pyiceberg"}),
    (("product", "local"), ("src/emulator",), set()),
    (("product", "local", "dev", *BESIDE), ("tests",), set()),
]


@pytest.mark.parametrize(("groups", "places", "lacking"), ROOMS)
def test_every_import_is_declared(groups: tuple[str, ...], places: tuple[str, ...], lacking: set[str]) -> None:
    assert imported_by(*places) - names_of(*groups) == lacking


@pytest.mark.parametrize(("package", "file"), [("streamlit", "app.py"), ("pyiceberg", "another_engine.py")])
def test_one_file_of_a_demo_needs_what_not_everybody_installs(package: str, file: str) -> None:
    users = {path for path in (ROOT / "demos").rglob("*.py") if package in imported_by_file(path)}
    assert [path.name for path in users] == [file]


def test_no_dependency_is_imported_by_nothing() -> None:
    imported = imported_by("setup.py", "config.py", "src", "src/emulator", "demos", "tests")
    for name in names_of("product", "local", "dev", *BESIDE) - imported:
        file, words = USED_BY_NAME[name]
        assert words in (ROOT / file).read_text(encoding="utf-8")


def test_the_audit_looks_at_every_pin_and_fails_for_one_that_it_cannot_look_up() -> None:
    [line] = re.findall(r"^\t(\S+/pip-audit .*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    files = ["--requirement", "constraints.txt", "--requirement", "constraints-page.txt"]
    assert line.split()[1:] == ["--strict", *files, "--no-deps", "--disable-pip"]
