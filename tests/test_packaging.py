"""The clone is installed and nothing else, which runs nothing of setup.py; CI and a person run the same."""

import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {".git", ".venv", ".local-snowflake", "__pycache__"}


def copy_tree(target: Path) -> None:
    """The files that the package is made of, without caches."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "config.py", "setup.py", "src", "demos", ".ci"):
        for path in [ROOT / name, *(ROOT / name).rglob("*")]:
            if path.is_file() and not LEFT_OUT.intersection(path.parts) and not path.parent.name.endswith("_cache"):
                copy = target / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip and what builds the package."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    pip(folder, *needed, "editables", check=True)
    return folder


def pip(scratch: Path, *words: str | Path, check: bool = False) -> subprocess.CompletedProcess[str]:
    python = scratch / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *map(str, words)]
    return subprocess.run(install, check=check, capture_output=True, text=True, timeout=180)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The project, with a setup.py that tells that it was run."""
    folder = tmp_path / "source"
    copy_tree(folder)
    setup = folder / "setup.py"
    ran = f"open({str(tmp_path / 'ran')!r}, 'w').close()"
    setup.write_text(f"{ran}\n{setup.read_text(encoding='utf-8')}", encoding="utf-8")
    return folder


def test_a_copy_is_refused_with_what_to_do(scratch: Path, source: Path, tmp_path: Path) -> None:
    done = pip(scratch, "--no-deps", "--no-build-isolation", source)
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert "data-eng-demo runs from its clone, where config.py is edited, and is not installed as a copy." in said
    assert "python -m pip install -c constraints.txt -e '.[local]'" in said
    assert not (tmp_path / "ran").exists()


def test_the_clone_is_installed_and_nothing_of_setup_py_is_run(scratch: Path, source: Path, tmp_path: Path) -> None:
    pip(scratch, "--no-deps", "--no-build-isolation", "-e", source, check=True)
    assert not (tmp_path / "ran").exists()
    assert (scratch / ("Scripts" if sys.platform == "win32" else "bin") / "data-eng-demo").exists()


def test_ci_runs_what_a_person_runs() -> None:
    ran = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[1:]
    assert ran == ["set -e", "make test", "exec make page-test"]
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "run: .ci/run\n" in workflow
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [oldest] = re.findall(r'requires-python = ">=(.+)"', project)
    [tried] = re.findall(r"python: \[(.+)\]", workflow)
    assert tried.split(", ")[0] == f'"{oldest}"'
    assert ".".join(map(str, sys.version_info[:2])) in tried


def test_the_lines_that_the_tests_reach_are_measured_and_shown_and_too_few_fail() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert project["tool"]["coverage"]["report"]["fail_under"] >= 92
    assert "- run: make coverage\n" in workflow
    assert 'run: cat .venv/coverage/report.md >> "$GITHUB_STEP_SUMMARY"\n' in workflow
    assert "--format markdown > $(COVERAGE)/report.md\n" in makefile
    assert "COVERAGE := .venv/coverage\n" in makefile


def test_what_is_looked_at_before_a_commit_is_what_ci_looks_at_first() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    looked = [line.strip().replace("$(BIN)", ".venv/bin").removesuffix(" .") for line in lint.splitlines()[1:]]
    assert len(looked) == 3
    assert [line for line in looked if f"entry: {line}\n" not in hooks] == []


def test_types_are_for_whoever_imports_the_packages() -> None:
    assert all((ROOT / package / "py.typed").exists() for package in ("src", "demos"))
