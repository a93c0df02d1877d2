"""The vocabulary that config.py is written in."""

from .checks import ConfigError, check_identifier, check_integer
from .demo import DemoConfig, Mode
from .expiry import expiry, read_ttl
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
from .stamp import Stamp, keeping, read_stamp, without_stamp

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
    "expiry",
    "keeping",
    "read_stamp",
    "read_ttl",
    "without_stamp",
]
