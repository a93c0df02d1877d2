"""Snowflake CLI (`snow`), which the Makefile installs beside the environment of the tests."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.emulator.protocol.serving import Address

SNOW = Path(sys.prefix) / "snow" / "bin" / "snow"


@dataclass(frozen=True)
class SnowflakeCli:
    """The CLI, with the emulator at an address as its one connection."""

    address: Address
    home: Path

    def connect(self) -> "SnowflakeCli":
        """Writes the connection where the CLI looks for it."""
        self.home.mkdir()
        named = self.address.parameters | {"protocol": "http"}
        lines = [f"{key} = {value if isinstance(value, int) else repr(str(value))}" for key, value in named.items()]
        connections = self.home / "connections.toml"
        connections.write_text("[emulator]\n" + "\n".join(lines) + "\n")
        connections.chmod(0o600)
        return self

    def sql(self, *arguments: str) -> list[Any]:
        """What `snow sql` answers: the rows of each statement."""
        shown: list[Any] = json.loads(
            self.run("sql", "--format", "json", "--enable-templating", "STANDARD", *arguments).stdout
        )
        return shown

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert SNOW.exists(), f'Snowflake CLI is not at "{SNOW}". Install it with: make .venv/snow.stamp'
        environment = os.environ | {"SNOWFLAKE_HOME": str(self.home), "HOME": str(self.home), "NO_COLOR": "1"}
        words = [str(SNOW), *command.split(), "--connection", "emulator", *arguments]
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command} {arguments}\n{done.stdout}\n{done.stderr}"
        return done
