"""What is installed, that installing it runs nothing of setup.py, and that CI and a person run the same."""

import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {".git", ".venv", ".local-snowflake", "__pycache__"}


def copy_tree(target: Path) -> None:
    """The files that the package is made of, without caches."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "config.py", "setup.py", "src", "demos"):
        for path in [ROOT / name, *(ROOT / name).rglob("*")]:
            if path.is_file() and not LEFT_OUT.intersection(path.parts) and not path.parent.name.endswith("_cache"):
                copy = target / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())


def test_installing_runs_nothing_of_setup_py_and_installs_no_module_of_that_name(tmp_path: Path) -> None:
    source, scratch, ran = tmp_path / "source", tmp_path / "venv", tmp_path / "ran"
    copy_tree(source)
    setup = source / "setup.py"
    setup.write_text(f"open({str(ran)!r}, 'w').close()\n{setup.read_text(encoding='utf-8')}", encoding="utf-8")
    venv.create(scratch, with_pip=True)
    python = scratch / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", str(source)]
    subprocess.run(install, check=True, timeout=180)
    assert not ran.exists()
    show = (
        "import config, demos, src, src.config, src.deployment.steps, importlib.util as u; print(u.find_spec('setup'))"
    )
    done = subprocess.run([python, "-c", show], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "None\n"


def test_ci_runs_what_a_person_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[1:] == ["exec make test"]
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "run: .ci/run\n" in workflow
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [oldest] = re.findall(r'requires-python = ">=(.+)"', project)
    [tried] = re.findall(r"python: \[(.+)\]", workflow)
    assert tried.split(", ")[0] == f'"{oldest}"'
    assert ".".join(map(str, sys.version_info[:2])) in tried


def test_what_is_looked_at_before_a_commit_is_what_ci_looks_at_first() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    looked = [line.strip().replace("$(BIN)", ".venv/bin").removesuffix(" .") for line in lint.splitlines()[1:]]
    assert len(looked) == 3
    assert [line for line in looked if f"entry: {line}\n" not in hooks] == []


def test_types_are_for_whoever_imports_the_packages() -> None:
    assert all((ROOT / package / "py.typed").exists() for package in ("src", "demos"))
