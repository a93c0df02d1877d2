"""The objects of a demo, each as a person writes it in config.py. Wrong values raise ConfigError at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Self

from .checks import ConfigError, check_all, check_identifier, check_integer, check_number, check_one_of, check_text
from .expiry import read_ttl

LONGEST_COMMENT = 200
# Snowflake takes 255. On the emulator a database is files of that name, and a file name has 255 bytes.
LONGEST_DATABASE_NAME = 230

# WAREHOUSE_SIZE as CREATE WAREHOUSE writes it, and as SHOW WAREHOUSES does.
# https://docs.snowflake.com/en/sql-reference/sql/create-warehouse
SIZES: Mapping[str, str] = {
    "XSMALL": "X-Small",
    "SMALL": "Small",
    "MEDIUM": "Medium",
    "LARGE": "Large",
    "XLARGE": "X-Large",
    "XXLARGE": "2X-Large",
    "XXXLARGE": "3X-Large",
    "X4LARGE": "4X-Large",
    "X5LARGE": "5X-Large",
    "X6LARGE": "6X-Large",
}

# Credits an hour of a standard warehouse by its size, which double from each to the next.
# https://docs.snowflake.com/en/user-guide/warehouses-overview#warehouse-size
CREDITS_PER_HOUR: Mapping[str, int] = {size: 2**step for step, size in enumerate(SIZES)}
# How much more generation 2 costs: on AWS and Google Cloud; on Azure it is 1.25.
# https://www.snowflake.com/legal-files/CreditConsumptionTable.pdf
GENERATIONS: Mapping[str, float] = {"1": 1.0, "2": 1.35}
_GENERATION_1_ONLY = ("X5LARGE", "X6LARGE")

OptionValue = str | int | bool | tuple[str, ...]

# The options of each type that the product knows, with the type of their values.
# https://docs.snowflake.com/en/sql-reference/sql/create-file-format
FORMAT_OPTIONS: Mapping[str, Mapping[str, type]] = {
    "CSV": {
        "COMPRESSION": str,
        "FIELD_DELIMITER": str,
        "SKIP_HEADER": int,
        "PARSE_HEADER": bool,
        "FIELD_OPTIONALLY_ENCLOSED_BY": str,
        "TRIM_SPACE": bool,
        "NULL_IF": tuple,
        "EMPTY_FIELD_AS_NULL": bool,
        "ESCAPE_UNENCLOSED_FIELD": str,
        "SKIP_BLANK_LINES": bool,
        "ERROR_ON_COLUMN_COUNT_MISMATCH": bool,
        "ENCODING": str,
    },
    "JSON": {
        "COMPRESSION": str,
        "STRIP_OUTER_ARRAY": bool,
        "STRIP_NULL_VALUES": bool,
        "ALLOW_DUPLICATE": bool,
        "IGNORE_UTF8_ERRORS": bool,
    },
    "PARQUET": {
        "COMPRESSION": str,
        "BINARY_AS_TEXT": bool,
        "USE_LOGICAL_TYPE": bool,
        "USE_VECTORIZED_SCANNER": bool,
    },
}

_WORDS = {str: "a text", int: "a whole number", bool: "True or False", tuple: "a tuple of texts"}

# What a role may hold on each kind of object.
# https://docs.snowflake.com/en/user-guide/security-access-control-privileges
PRIVILEGES: Mapping[str, tuple[str, ...]] = {
    "ACCOUNT": ("EXECUTE TASK", "EXECUTE MANAGED TASK", "MONITOR USAGE"),
    "WAREHOUSE": ("USAGE", "OPERATE", "MONITOR"),
    "DATABASE": ("USAGE", "MONITOR", "CREATE SCHEMA"),
    "SCHEMA": (
        "USAGE",
        "MONITOR",
        "CREATE TABLE",
        "CREATE VIEW",
        "CREATE STAGE",
        "CREATE FILE FORMAT",
        "CREATE STREAM",
        "CREATE TASK",
        "CREATE ICEBERG TABLE",
    ),
    "STAGE": ("READ", "WRITE"),
    "FILE FORMAT": ("USAGE",),
    "TABLES": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"),
    "VIEWS": ("SELECT",),
}


@dataclass(frozen=True)
class AccountObject:
    """What has a name of its own in the account, so that a prefix goes before it."""

    name: str

    def with_prefix(self, before: str) -> Self:
        return replace(self, name=before + self.name)


@dataclass(frozen=True)
class Database(AccountObject):
    """A permanent database. Its Fail-safe is 7 days, by Snowflake's own rule."""

    retention_days: int
    comment: str = ""

    def __post_init__(self) -> None:
        check_identifier("database.name", self.name, LONGEST_DATABASE_NAME)
        check_integer("database.retention_days", self.retention_days, 0, 90)
        check_text("database.comment", self.comment, LONGEST_COMMENT)


@dataclass(frozen=True)
class Schema:
    name: str
    comment: str = ""

    def __post_init__(self) -> None:
        check_identifier("schema.name", self.name)
        if self.name in ("INFORMATION_SCHEMA", "PUBLIC"):
            raise ConfigError("schema.name", self.name, "any name but the two schemas that every database has")
        check_text("schema.comment", self.comment, LONGEST_COMMENT)


@dataclass(frozen=True)
class Warehouse(AccountObject):
    """A warehouse, suspended when it is created, resumed by the first query.

    Its generation is stated, since Snowflake's own default is becoming "2", which costs more.
    https://docs.snowflake.com/en/release-notes/bcr-bundles/2026_03/bcr-2250
    """

    size: str
    auto_suspend_seconds: int
    statement_timeout_seconds: int = 3600
    comment: str = ""
    generation: str = "1"

    def __post_init__(self) -> None:
        check_identifier("warehouse.name", self.name)
        check_one_of("warehouse.size", self.size, SIZES)
        if self.auto_suspend_seconds != 0 or isinstance(self.auto_suspend_seconds, bool):
            # Below 60 seconds each resume costs the full first minute, so that it saves nothing.
            # https://docs.snowflake.com/en/user-guide/warehouses-overview#warehouse-size
            try:
                check_integer("warehouse.auto_suspend_seconds", self.auto_suspend_seconds, 60, 2_147_483_647)
            except ConfigError:
                raise ConfigError(
                    "warehouse.auto_suspend_seconds", self.auto_suspend_seconds, "0 (never), or 60 seconds and more"
                ) from None
        check_integer("warehouse.statement_timeout_seconds", self.statement_timeout_seconds, 1, 604800)
        check_text("warehouse.comment", self.comment, LONGEST_COMMENT)
        if not isinstance(self.generation, str) or self.generation not in GENERATIONS:
            raise ConfigError("warehouse.generation", self.generation, "'1' or '2', in quotes")
        if self.generation != "1" and self.size in _GENERATION_1_ONLY:
            raise ConfigError(f"warehouse.generation of {self.name}", self.generation, f"'1', the one of {self.size}")

    @property
    def credits_per_hour(self) -> float:
        """What it uses while it runs; it is billed by the second, for a minute at least."""
        return CREDITS_PER_HOUR[self.size] * GENERATIONS[self.generation]


@dataclass(frozen=True)
class ResourceMonitor(AccountObject):
    """Notifies at 75 % of the month's credits and suspends the warehouses at 100 %. Without a quota there is none."""

    credit_quota: int | None = None

    def __post_init__(self) -> None:
        check_identifier("resource_monitor.name", self.name)
        if self.credit_quota is not None:
            check_integer("resource_monitor.credit_quota", self.credit_quota, 1, 1_000_000)


@dataclass(frozen=True)
class FileFormat:
    """A named set of options to load files by. Options that are not named have Snowflake's defaults."""

    name: str
    schema: str
    type: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    comment: str = ""

    def __post_init__(self) -> None:
        check_identifier("file_format.name", self.name)
        check_one_of("file_format.type", self.type, FORMAT_OPTIONS)
        if not isinstance(self.options, Mapping):
            raise ConfigError(f"file_format.options of {self.name}", self.options, 'a mapping, {"OPTION": value}')
        for name, value in self.options.items():
            options = FORMAT_OPTIONS[self.type]
            check_one_of(f"file_format.options of {self.name}", name, options)
            texts = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
            printable = all(isinstance(text, str) and text.isprintable() for text in texts)
            if type(value) is not options[name] or not printable:
                raise ConfigError(f"file_format.options[{name!r}] of {self.name}", value, _WORDS[options[name]])
        if self.options.get("PARSE_HEADER") and self.options.get("SKIP_HEADER"):
            raise ConfigError(f"file_format.options of {self.name}", "PARSE_HEADER and SKIP_HEADER", "one of the two")
        check_text("file_format.comment", self.comment, LONGEST_COMMENT)


@dataclass(frozen=True)
class Stage:
    """An internal stage with a directory table and SNOWFLAKE_SSE encryption."""

    name: str
    schema: str
    comment: str = ""

    def __post_init__(self) -> None:
        check_identifier("stage.name", self.name)
        check_text("stage.comment", self.comment, LONGEST_COMMENT)


# Of these there is one, which needs no name.
_SINGLE = ("ACCOUNT", "DATABASE")
Target = Literal["ACCOUNT", "WAREHOUSE", "DATABASE", "SCHEMA", "STAGE", "FILE FORMAT", "TABLES", "VIEWS"]


@dataclass(frozen=True)
class Privilege:
    """What a role may do with objects of CONFIG, or with the tables or views of its schemas, now and in future.

    `of` names the objects (for TABLES and VIEWS: the schemas); the account and the database need no name.
    """

    privileges: tuple[str, ...]
    on: Target
    of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_one_of("privilege.on", self.on, PRIVILEGES)
        check_all("privilege.privileges", self.privileges, str)
        check_all("privilege.of", self.of, str)
        for privilege in self.privileges:
            check_one_of(f"privilege.privileges on {self.on}", privilege, PRIVILEGES[self.on])
        if not self.privileges:
            raise ConfigError("privilege.privileges", self.privileges, "one or more")
        # https://docs.snowflake.com/en/sql-reference/sql/grant-privilege#usage-notes
        if self.on == "STAGE" and "WRITE" in self.privileges and self.privileges[0] != "READ":
            raise ConfigError("privilege.privileges on STAGE", self.privileges, "READ before WRITE")
        if bool(self.of) == (self.on in _SINGLE):
            allowed = "the names of the objects; none for the account or the database"
            raise ConfigError(f"privilege.of on {self.on}", self.of, allowed)

    def with_prefix(self, before: str) -> Self:
        """The same on prefixed objects: of those that `of` names, the warehouses are the account's."""
        return replace(self, of=tuple(before + name for name in self.of)) if self.on == "WAREHOUSE" else self


@dataclass(frozen=True)
class Role(AccountObject):
    privileges: tuple[Privilege, ...]
    granted_to: str = "SYSADMIN"
    comment: str = ""

    def __post_init__(self) -> None:
        check_identifier("role.name", self.name)
        check_all("role.privileges", self.privileges, Privilege)
        check_identifier("role.granted_to", self.granted_to)
        check_text("role.comment", self.comment, LONGEST_COMMENT)

    def with_prefix(self, before: str) -> Self:
        privileges = tuple(privilege.with_prefix(before) for privilege in self.privileges)
        return replace(super().with_prefix(before), privileges=privileges)


@dataclass(frozen=True)
class Operations:
    """What a credit costs by the contract, in its currency; the part of a table's rows that may fail a check.

    `ttl` is how long what is set up lasts, such as "8h"; None is for ever. `gc` removes what has expired.
    """

    price_per_credit: float = 3.0
    failure_threshold: float = 0.0
    reference_date: date | None = None
    fiscal_year_start: int = 1
    ttl: str | None = None

    def __post_init__(self) -> None:
        check_number("operations.price_per_credit", self.price_per_credit, 0, 1_000_000, "from 0 to 1,000,000")
        part = "a part of the rows, from 0 to 1"
        check_number("operations.failure_threshold", self.failure_threshold, 0, 1, part)
        if type(self.reference_date) not in (date, type(None)):
            raise ConfigError("operations.reference_date", self.reference_date, "a date, or None")
        check_integer("operations.fiscal_year_start", self.fiscal_year_start, 1, 12)
        if self.ttl is not None:
            read_ttl("operations.ttl", self.ttl)
