"""The whole demo, and its two variants: with a prefix, and at the least cost."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self, TypeVar, cast, get_args, get_origin

from .checks import (
    ConfigError,
    check_all,
    check_identifier,
    check_is,
    check_known,
    check_one_of,
    check_text,
    check_unique,
)
from .expiry import expiry, read_ttl, written
from .objects import (
    AccountObject,
    Database,
    FileFormat,
    Operations,
    ResourceMonitor,
    Role,
    Schema,
    Stage,
    Warehouse,
)
from .settings import DemoSettings
from .stamp import Stamp

Mode = Literal["full", "quick"]
Settings = TypeVar("Settings", bound=DemoSettings)


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """Everything that is set up. Raises ConfigError if a value is wrong or two do not fit together.

    config.py adds a field for each demo, of the settings that the demo declares. `until` is when the deployment
    expires, and `renewed` says that this is another moment than the account may have.
    """

    database: Database
    schemas: tuple[Schema, ...]
    warehouses: tuple[Warehouse, ...]
    resource_monitor: ResourceMonitor
    file_formats: tuple[FileFormat, ...]
    stages: tuple[Stage, ...]
    roles: tuple[Role, ...]
    query_tag: str
    operations: Operations
    mode: Mode = "full"
    until: datetime | None = None
    renewed: bool = False

    def __post_init__(self) -> None:
        self._check_types()
        check_text("query_tag", self.query_tag, 2000)
        for field, objects in (("schemas", self.schemas), ("warehouses", self.warehouses), ("roles", self.roles)):
            check_unique(field, [object_.name for object_ in objects])
        for field, stored in (("file_formats", self.file_formats), ("stages", self.stages)):
            check_unique(field, [f"{object_.schema}.{object_.name}" for object_ in stored])
            check_known(f"{field}: schema", [object_.schema for object_ in stored], self._names("SCHEMA"))
        for role in self.roles:
            self._check_privileges(role)
        taken = self._names("SCHEMA")
        for name, settings in self.demos.items():
            settings.check(name, taken, self._names("WAREHOUSE"))
            taken += settings.schemas

    def _check_types(self) -> None:
        """Python checks no types, and config.py is written by hand."""
        for one in fields(self):
            value = getattr(self, one.name)
            if get_origin(one.type) is tuple:
                check_all(one.name, value, get_args(one.type)[0])
            elif is_dataclass(one.type):
                check_is(one.name, value, cast(type, one.type))
        check_one_of("mode", self.mode, get_args(Mode))
        if self.until is not None:
            check_is("until", self.until, datetime)

    @property
    def _declared(self) -> dict[str, type[DemoSettings]]:
        """The fields that config.py has added, and of which settings each is."""
        types = {one.name: one.type for one in fields(self)}
        return {name: of for name, of in types.items() if isinstance(of, type) and issubclass(of, DemoSettings)}

    @property
    def demos(self) -> Mapping[str, DemoSettings]:
        """The settings of each demo, by its name."""
        return {name: getattr(self, name) for name in self._declared}

    def settings(self, name: str, of: type[Settings]) -> Settings:
        """The settings of a demo. Raises ConfigError if config.py has none of this name and type."""
        settings = self.demos.get(name)
        if not isinstance(settings, of):
            raise ConfigError(name, settings, f"{of.__name__}(...)")
        return settings

    def _names(self, kind: str) -> tuple[str, ...]:
        """The names of CONFIG's objects of a kind, as privileges refer to them."""
        objects: dict[str, tuple[Schema | Warehouse | FileFormat | Stage, ...]] = {
            "WAREHOUSE": self.warehouses,
            "SCHEMA": self.schemas,
            "TABLES": self.schemas,
            "VIEWS": self.schemas,
            "FILE FORMAT": self.file_formats,
            "STAGE": self.stages,
        }
        return tuple(object_.name for object_ in objects.get(kind, ()))

    def _check_privileges(self, role: Role) -> None:
        for privilege in role.privileges:
            check_known(f"role {role.name}: privileges on {privilege.on}", privilege.of, self._names(privilege.on))
        check_unique(
            f"role {role.name}: privileges on the same object",
            [f"{privilege.on} {name}".strip() for privilege in role.privileges for name in privilege.of or ("",)],
        )

    @property
    def stamp(self) -> Stamp:
        """What marks this deployment's objects. Its identity is its database's name, which an account has once."""
        return Stamp(self.database.name, self.mode)

    @property
    def account_stamp(self) -> Stamp:
        """The stamp of what is at the account's level, which says when it expires."""
        return replace(self.stamp, until=self.until)

    @property
    def shown_expiry(self) -> Mapping[str, str]:
        """What inspection compares of the expiry: nothing, unless it is renewed."""
        return {"expires": written(self.until)} if self.until and self.renewed else {}

    def lasting(self, ttl: str) -> Self:
        """The same, expiring so long after now. Raises ConfigError for a time that is none."""
        return replace(self, until=expiry(read_ttl("--ttl", ttl)), renewed=True)

    def expiring(self, until: datetime | None) -> Self:
        """The same, expiring when what is there does."""
        return replace(self, until=until)

    def with_prefix(self, prefix: str) -> Self:
        """The same demo with `prefix` and `_` before every account-level name, in capitals as Snowflake stores it."""
        if not prefix.isascii():
            raise ConfigError("prefix", prefix, "letters A to Z, digits and _")
        check_identifier("prefix", prefix.upper())
        before = f"{prefix.upper()}_"
        return replace(self, **{one.name: _prefixed(getattr(self, one.name), before) for one in fields(self)})

    def of_deployment(self, name: str) -> Self:
        """The deployment that was set up under this name of its database, whatever the database is called now."""
        return replace(self, database=replace(self.database, name=name))

    def quick(self) -> Self:
        """The same objects at the least cost: the smallest warehouses, one day of Time Travel, no roles."""
        return replace(
            self,
            database=replace(self.database, retention_days=min(1, self.database.retention_days)),
            warehouses=tuple(
                replace(warehouse, size="XSMALL", generation="1", auto_suspend_seconds=60)
                for warehouse in self.warehouses
            ),
            roles=(),
            mode="quick",
        )


def _prefixed(value: Any, before: str) -> Any:
    """The value of a field with this before the names that the account has once."""
    if isinstance(value, tuple):
        return tuple(_prefixed(item, before) for item in value)
    return value.with_prefix(before) if isinstance(value, AccountObject | DemoSettings) else value
