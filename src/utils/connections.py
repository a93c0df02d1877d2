"""Which Snowflake connection is meant, by the connector's own rules, without loading the connector."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import tomli

from .errors import InputError
from .secrets import remember

EMULATOR = "local"
LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True)
class Target:
    """Where to connect. `reason` says how it was chosen, in the words shown first.

    `workload_identity`: it signs in as a machine in a cloud does, for which the connector needs its extras.
    """

    connection_name: str
    emulated: bool
    reason: str
    workload_identity: bool = False


def resolve_target(connection_name: str | None) -> Target:
    """The connection named, else the connector's default, else (if nothing at all is configured) the emulator.

    Raises InputError for a name that is not configured, or for a file that is broken, unreadable or writable by others.
    https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect
    """
    if connection_name == EMULATOR:
        return Target(EMULATOR, True, "Using the emulator (local).")
    config = _read(config_folder() / "config.toml")
    connections = _connections(config)
    if connection_name is not None:
        return _named(connection_name, connections, "named by --connection_name")
    default = os.environ.get("SNOWFLAKE_DEFAULT_CONNECTION_NAME") or config.get("default_connection_name")
    if default:
        return _named(str(default), connections, "the default connection")
    if "default" in connections:
        return _named("default", connections, "the default connection")
    if connections:
        raise InputError(
            f"No default connection is set. Found: {_listed(connections)}. "
            f'Pass one of them with --connection_name, or "{EMULATOR}".'
        )
    return Target(EMULATOR, True, "No Snowflake connection is configured: using the emulator (local).")


def config_folder() -> Path:
    """$SNOWFLAKE_HOME or ~/.snowflake if that folder exists, else the system's place for configuration."""
    named = os.environ.get("SNOWFLAKE_HOME", "~/.snowflake/")
    try:
        home = Path(named).expanduser()
        there = home.exists()
    except (RuntimeError, OSError) as error:
        raise InputError(f"SNOWFLAKE_HOME is {named!r}, which cannot be looked at: {error}. Name a folder.") from None
    return home if there else Path(platformdirs.user_config_path("snowflake", appauthor=False))


def _named(name: str, connections: Mapping[str, Any], how: str) -> Target:
    if name not in connections:
        raise InputError(
            f'Connection "{name}" ({how}) is not in {config_folder() / "connections.toml"}. '
            f"Found: {_listed(connections)}. "
            f'Pass one of them with --connection_name, or "{EMULATOR}".'
        )
    workload_identity = str(connections[name].get("authenticator")).upper() == "WORKLOAD_IDENTITY"
    return Target(name, False, f'Using the Snowflake connection "{name}" ({how}).', workload_identity)


def _listed(connections: Mapping[str, Any]) -> str:
    return ", ".join(sorted(connections)) or "none"


def _connections(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """connections.toml wins over the [connections] of config.toml; SNOWFLAKE_CONNECTIONS over both."""
    if text := os.environ.get("SNOWFLAKE_CONNECTIONS"):
        found: Any = _parse(text, "the environment variable SNOWFLAKE_CONNECTIONS")
    else:
        file = config_folder() / "connections.toml"
        found = _read(file) if file.exists() else config.get("connections", {})
    if not isinstance(found, dict):
        raise InputError("connections in config.toml is no table. Write [connections.NAME], or use connections.toml.")
    remember(found)
    return {name: value for name, value in found.items() if isinstance(value, dict)}


def _read(file: Path) -> dict[str, Any]:
    """The file's content, {} if there is none. Raises InputError naming the file, and the line of a syntax error."""
    try:
        about = file.stat()
        _refuse_unlike_a_file(file, about)
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(
            f'"{file}" cannot be read: {reason}. Mend the file, or pass --connection_name local.'
        ) from None
    if os.name == "posix" and about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise InputError(
            f'"{file}" can be written by others (permissions {stat.S_IMODE(about.st_mode):o}), and the connector '
            f'refuses that. Run: chmod 0600 "{file}"'
        )
    return _parse(text, f'"{file}"')


def _refuse_unlike_a_file(file: Path, about: os.stat_result) -> None:
    """Raises InputError for what would be read for ever, or would not fit: a pipe, a device, a huge file."""
    if not stat.S_ISREG(about.st_mode):
        raise InputError(f'"{file}" is no regular file. Put a file there, or pass --connection_name local.')
    if about.st_size > LARGEST_FILE:
        raise InputError(f'"{file}" has {about.st_size:,} bytes; {LARGEST_FILE:,} are enough for any connections.')


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise InputError(f"{where} is not valid TOML: {error}. Mend that line.") from None
    except RecursionError:
        raise InputError(f"{where} nests too deep. Connections need two levels.") from None
