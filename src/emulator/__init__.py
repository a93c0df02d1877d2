"""An embedded Snowflake account: DuckDB, with what an account has and it lacks.

Clients talk to it over HTTP on loopback, in Snowflake's own protocol. It imports nothing of the rest of the product,
which uses it by the names of `__all__` alone. README.md tells how a statement travels, file by file.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .protocol.processes import SERVES, SERVICE_NAME, Listener, listener
    from .protocol.serving import Address, Options, emulator, options_of_environment, state_folder
    from .store.storage import StateError

# What a change answers is fetched this way; a presenter can do nothing about it.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)

__all__ = [
    "SERVES",
    "SERVICE_NAME",
    "Address",
    "Listener",
    "Options",
    "StateError",
    "emulator",
    "listener",
    "options_of_environment",
    "state_folder",
]

# Where each name is: loaded when it is first asked for, since setup's own start must not wait for DuckDB.
_MODULES = dict.fromkeys(("SERVES", "SERVICE_NAME", "Listener", "listener"), ".protocol.processes")
_MODULES |= dict.fromkeys(
    ("Address", "Options", "emulator", "options_of_environment", "state_folder"), ".protocol.serving"
)
_MODULES |= {"StateError": ".store.storage"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)
