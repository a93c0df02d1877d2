"""The role of docs/setup_guide.md, with nothing but what its statements give it, runs everything without a warning."""

import os
import re
import subprocess
import sys
from pathlib import Path

import snowflake.connector

from src.emulator.protocol.serving import emulator

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "setup.py --mode full",
    "setup.py --mode full",
    "setup.py --mode validate",
    "-m demos.factset_etf_iceberg deploy",
    "-m demos.factset_etf_iceberg simulate",
    "-m demos.factset_etf_iceberg run",
    "-m demos.factset_etf_iceberg verify",
    "setup.py --mode cleanup --yes",
)


def statements() -> list[str]:
    """What the guide has an administrator send."""
    [block] = re.findall(
        r"```sql\n(CREATE ROLE DEPLOYER;.*?)```", (ROOT / "docs/setup_guide.md").read_text(), re.DOTALL
    )
    return [line.strip() for line in block.split(";") if line.strip()]


def test_the_guides_role_sets_up_runs_the_demo_and_cleans_up(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as served:
        with snowflake.connector.connect(**served.parameters, platform_detection_timeout_seconds=0) as administrator:
            for sql in ("CREATE USER ALICE DEFAULT_ROLE = DEPLOYER DEFAULT_SECONDARY_ROLES = ()", *statements()):
                administrator.cursor().execute(sql)
        (tmp_path / "connections.toml").write_text(_block({**served.parameters, "user": "ALICE", "role": "DEPLOYER"}))
        (tmp_path / "connections.toml").chmod(0o600)
        said = [_run(tmp_path, command) for command in COMMANDS]
    assert "0 created, 0 changed, " in said[1]
    assert "nothing of ours is left" in said[-1]


def _block(parameters: dict[str, object]) -> str:
    values = {name: str(value).lower() if isinstance(value, bool) else value for name, value in parameters.items()}
    lines = [
        f"{name} = {value}" if isinstance(parameters[name], bool | int) else f'{name} = "{value}"'
        for name, value in values.items()
    ]
    return "\n".join(["[alice]", *lines, ""])


def _run(home: Path, command: str) -> str:
    """What a command says; it ends well, and warns of nothing."""
    environment = os.environ | {"SNOWFLAKE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, *command.split(), "--connection_name", "alice"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    assert "warning" not in said.lower(), said
    assert " skipped" not in said, said
    return said
