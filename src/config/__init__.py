"""The vocabulary that config.py is written in."""

from .checks import ConfigError
from .demo import DemoConfig, Mode
from .objects import (
    Database,
    FactsetDemo,
    FileFormat,
    Operations,
    Privilege,
    ResourceMonitor,
    Role,
    Schema,
    Stage,
    Warehouse,
)
from .stamp import Stamp, keeping, read_stamp, without_stamp

__all__ = [
    "ConfigError",
    "Database",
    "DemoConfig",
    "FactsetDemo",
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
    "keeping",
    "read_stamp",
    "without_stamp",
]
