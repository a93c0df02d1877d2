"""The vocabulary that config.py is written in."""

from .checks import ConfigError, check_identifier, check_integer
from .demo import DemoConfig, Mode
from .objects import (
    LONGEST_DATABASE_NAME,
    Database,
    FileFormat,
    Operations,
    Privilege,
    ResourceMonitor,
    Role,
    Schema,
    Stage,
    Warehouse,
)
from .settings import DemoSettings
from .stamp import Stamp, read_stamp, with_previous, without_stamp

__all__ = [
    "LONGEST_DATABASE_NAME",
    "ConfigError",
    "Database",
    "DemoConfig",
    "DemoSettings",
    "FileFormat",
    "Mode",
    "Operations",
    "Privilege",
    "ResourceMonitor",
    "Role",
    "Schema",
    "Stage",
    "Stamp",
    "Warehouse",
    "check_identifier",
    "check_integer",
    "read_stamp",
    "with_previous",
    "without_stamp",
]
