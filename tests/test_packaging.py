"""What is installed, and that installing it runs nothing of setup.py."""

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
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", source]
    subprocess.run(install, check=True, timeout=180)
    assert not ran.exists()
    show = (
        "import config, demos, src, src.config, src.deployment.steps, importlib.util as u; print(u.find_spec('setup'))"
    )
    done = subprocess.run([python, "-c", show], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "None\n"


def test_ci_runs_what_a_person_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[1:] == ["exec make test"]
