"""Which Snowflake connection is meant, by the connector's own rules, without loading the connector."""

import os
import platform
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli

from .errors import InputError
from .secrets import remember

EMULATOR = "local"
LARGEST_FILE = 1024 * 1024
_WITH_A_PERSON = ("USERNAME_PASSWORD_MFA", "EXTERNALBROWSER", "OAUTH_AUTHORIZATION_CODE")
_CONTAINER_TOKEN = Path("/snowflake/session/token")
_BYTE_ORDER_MARK = "\ufeff"
_LOOPBACK = ("127.0.0.1", "localhost")
_BY_PASSWORD = ("", "SNOWFLAKE")
_SECOND_FACTOR = ("passcode", "passcode_in_password", "client_request_mfa_token")


@dataclass(frozen=True)
class Target:
    """Where to connect. `reason` says how it was chosen, in the words shown first.

    `workload_identity`: it signs in as a machine in a cloud does, for which the connector needs its extras.
    `active`: Snowflake runs this process, and has opened its session already.
    `role`: what to work as, instead of the role of the connection or the user.
    `port`: the port of this machine that it leads to, where an emulator is served, or a way through to an account.
    `unhurried`: it has a login_timeout of its own, or a person takes part in signing in, so that it gets none of ours.
    """

    connection_name: str
    emulated: bool
    reason: str
    workload_identity: bool = False
    unhurried: bool = False
    active: bool = False
    port: int | None = None
    role: str | None = None


def resolve_target(connection_name: str | None, role: str | None = None) -> Target:
    """The connection that is meant, and the role to work with there, if not its own.

    Raises InputError as `_chosen` does, and for a role without a name.
    """
    if role is not None and not role.strip():
        raise InputError("--role names no role. Pass a name, or leave it out.")
    return replace(_chosen(connection_name), role=role)


def _chosen(connection_name: str | None) -> Target:
    """The connection named, else the connector's default, else (if nothing at all is configured) the emulator.

    In a worksheet, a notebook or a Streamlit app of Snowflake's, where none is named, it is the session that is there.
    Raises InputError for a name that is not configured, or for a file that is broken, unreadable or writable by others.
    https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect
    """
    if connection_name == EMULATOR:
        return Target(EMULATOR, True, "Using the emulator (local).")
    if connection_name is None and _in_snowflake():
        return Target("active session", False, "Using the session that Snowflake has opened here.", active=True)
    config = _read(config_folder() / "config.toml")
    configured = _configured(config)
    if connection_name is not None:
        return configured.named(connection_name, "named by --connection_name")
    default = os.environ.get("SNOWFLAKE_DEFAULT_CONNECTION_NAME") or config.get("default_connection_name")
    if default == EMULATOR:
        return Target(EMULATOR, True, "Using the emulator (local, the default connection).")
    if default:
        return configured.named(str(default), "the default connection")
    if "default" in configured.connections:
        return configured.named("default", "the default connection")
    if (only := configured.only) and (target := configured.named(only, "the only connection")).port is not None:
        return target
    if configured.connections:
        raise InputError(f"No default connection is set. {configured.choice}")
    return Target(EMULATOR, True, "No Snowflake connection is configured: using the emulator (local).")


def _in_snowflake() -> bool:
    """Whether Snowflake runs this process: in its sandbox, as Snowpark itself finds out, or in one of its containers.

    https://docs.snowflake.com/en/developer-guide/snowpark-container-services/additional-considerations-services-jobs
    """
    return platform.platform() == "XP" or _CONTAINER_TOKEN.exists()


@dataclass(frozen=True)
class _Configured:
    """All connections, and where they are written."""

    connections: Mapping[str, Any]
    where: str

    @property
    def choice(self) -> str:
        found = ", ".join(sorted(name for name, values in self.connections.items() if isinstance(values, dict)))
        return f'Found: {found or "none"}. Pass one of them with --connection_name, or "{EMULATOR}".'

    @property
    def only(self) -> str | None:
        """The name of the only connection; None if there are several."""
        names = [name for name, values in self.connections.items() if isinstance(values, dict)]
        return names[0] if len(names) == 1 else None

    def named(self, name: str, how: str) -> Target:
        if name not in self.connections:
            raise InputError(f'Connection "{name}" ({how}) is not in {self.where}. {self.choice}')
        values = self.connections[name]
        if not isinstance(values, dict):
            raise InputError(
                f'Connection "{name}" ({how}) in {self.where} is not a table of values. Write [{name}], and below it '
                "account, user and so on."
            )
        workload_identity = str(values.get("authenticator")).upper() == "WORKLOAD_IDENTITY"
        unhurried = "login_timeout" in values or _takes_a_person(values)
        port = _port_here(values)
        where = "Snowflake connection" if port is None else f"connection to port {port} of this machine,"
        return Target(name, False, f'Using the {where} "{name}" ({how}).', workload_identity, unhurried, port=port)


def _port_here(values: Mapping[str, Any]) -> int | None:
    """The port of this machine that a connection leads to; None for one that leads elsewhere, or says no port."""
    try:
        port = int(values.get("port", 443))
    except (TypeError, ValueError, OverflowError):
        return None
    return port if values.get("host") in _LOOPBACK and 0 < port < 65536 else None


def _takes_a_person(values: Mapping[str, Any]) -> bool:
    """Whether somebody may have to do something to sign in: in a browser, or on a second device.

    That of a password is asked where the account requires MFA, whatever the connection says.
    https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect
    https://docs.snowflake.com/en/user-guide/security-mfa
    """
    authenticator = str(values.get("authenticator", "")).upper()
    okta = authenticator.startswith("HTTPS://")
    by_password = authenticator in _BY_PASSWORD and "password" in values
    return okta or by_password or authenticator in _WITH_A_PERSON or any(values.get(name) for name in _SECOND_FACTOR)


def config_folder() -> Path:
    """$SNOWFLAKE_HOME or ~/.snowflake if that folder exists, else the system's place for configuration."""
    import platformdirs  # takes long to load, and a --help has no use for it

    named = os.environ.get("SNOWFLAKE_HOME", "~/.snowflake/")
    try:
        home = Path(named).expanduser()
        there = home.exists()
    except (RuntimeError, OSError) as error:
        raise InputError(f"SNOWFLAKE_HOME is {named!r}, which cannot be looked at: {error}. Name a folder.") from None
    return home if there else Path(platformdirs.user_config_path("snowflake", appauthor=False))


def _configured(config: Mapping[str, Any]) -> _Configured:
    """connections.toml wins over the [connections] of config.toml; SNOWFLAKE_CONNECTIONS over both."""
    file = config_folder() / "connections.toml"
    where, found = str(file), config.get("connections", {})
    if text := os.environ.get("SNOWFLAKE_CONNECTIONS"):
        where = "the environment variable SNOWFLAKE_CONNECTIONS"
        found = _parse(text, where)
    elif os.path.lexists(file):
        found = _read(file)
    elif not isinstance(found, dict):
        raise InputError("connections in config.toml is no table. Write [connections.NAME], or use connections.toml.")
    remember(found)
    if found and not any(isinstance(values, dict) for values in found.values()):
        raise InputError(
            f"{where} holds {', '.join(sorted(found))} and no connection. Write [NAME] before the values of each."
        )
    return _Configured(found, where)


def _read(file: Path) -> dict[str, Any]:
    """The file's content, {} if there is none. Raises InputError naming the file, and the line of a syntax error."""
    try:
        about = file.stat()
        _refuse_unlike_a_file(file, about)
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        if file.is_symlink():
            raise InputError(
                f'"{file}" is a link to "{file.readlink()}", which does not exist. '
                "Put a file there, or remove the link."
            ) from None
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
    if text.startswith(_BYTE_ORDER_MARK):
        raise InputError(
            f'"{file}" begins with a byte order mark, which the connector cannot read. Save it as UTF-8 without BOM.'
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
    except ValueError as error:  # a number of thousands of digits, a date that no calendar has
        raise InputError(f"{where} holds a value that cannot be read: {error}. Change it.") from None
