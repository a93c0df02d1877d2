"""The block of connections.toml by which any Snowflake client reaches a served emulator."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ..store.storage import StateError
from ..store.writing import write_whole
from .serving import Address

# A client of its own begins with what setup.py makes to look with; as long as it is absent, it is passed over.
_BEGINS_WITH = {"warehouse": "DATA_ENG_ANALYTICS_WH", "role": "ACCOUNTADMIN"}
_SAME = ("account", "host", "protocol")
_LOCAL = "local"


def block(name: str, address: Address) -> str:
    """The text to paste."""
    return tomlkit.dumps({name: _values(address)})


def write(name: str, address: Address) -> Path:
    """Writes the block into connections.toml, or renews it there. Raises StateError if that would lose another's.

    https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect#connecting-using-the-connections-toml-file
    """
    from snowflake.connector.constants import CONFIG_FILE, CONNECTIONS_FILE

    if os.environ.get("SNOWFLAKE_CONNECTIONS"):
        raise StateError("SNOWFLAKE_CONNECTIONS is set, and connections.toml is not read beside it. Unset it.")
    if name == _LOCAL or not name.strip():
        raise StateError(f'A connection cannot be called "{name}": local is the emulator without serve. Name another.')
    file = Path(CONNECTIONS_FILE)
    if not file.exists() and "connections" in _read(Path(CONFIG_FILE)):
        raise StateError(
            f'"{CONFIG_FILE}" holds connections, and "{file}" would hide them. '
            f"Write the block there, below [connections.{name}]."
        )
    document = _read(file)
    values = _values(address)
    known = document.get(name, values)
    if not (isinstance(known, Mapping) and all(known.get(one) == values[one] for one in _SAME)):
        raise StateError(f'"{file}" has another connection "{name}", which stays. Pass another name.')
    document[name] = {**known, **values}
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(file.resolve(), tomlkit.dumps(document))
    except OSError as error:
        raise StateError(f'"{file}" cannot be written: {error.strerror}. Paste the block into it.') from None
    return file


def _values(address: Address) -> dict[str, Any]:
    return address.parameters | _BEGINS_WITH


def _read(file: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(file.read_text(encoding="utf-8")) if os.path.lexists(file) else tomlkit.document()
    except (OSError, ValueError, TOMLKitError) as error:
        fact = error.strerror if isinstance(error, OSError) else error
        raise StateError(f'"{file}" cannot be read: {fact}. It stays as it is: fix it, or paste the block.') from None
