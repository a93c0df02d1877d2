"""Whatever is in config.py, a connection file or the command line: never a traceback, an unquoted name, or a secret."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import CONFIG
from demos.factset_etf_iceberg.rendering import values
from demos.factset_etf_iceberg.templates import FILES, steps
from src.config import (
    ConfigError,
    Database,
    DemoConfig,
    FactsetDemo,
    FileFormat,
    Privilege,
    ResourceMonitor,
    Role,
    Schema,
    Stage,
    Warehouse,
)
from src.config.objects import FORMAT_OPTIONS, PRIVILEGES, SIZES, OptionValue
from src.deployment.script import script

from ..lengths import length
from . import hostile
from .sql_reading import check, same_shape, statements_in

MODES = ("full", "quick", "validate", "cleanup")
many = settings(
    max_examples=length(50, 10_000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


# config.py

Path_ = tuple[str | int, ...]


def paths(value: Any, before: Path_ = ()) -> Iterator[Path_]:
    """The way to every field of a configuration, and to every item of its tuples and mappings."""
    if before:
        yield before
    if is_dataclass(value):
        for field in fields(value):
            yield from paths(getattr(value, field.name), (*before, field.name))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from paths(item, (*before, number))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from paths(item, (*before, key))


def with_value(whole: Any, path: Path_, value: Any) -> Any:
    """A copy with one value changed."""
    if not path:
        return value
    step, *rest = path
    if isinstance(whole, tuple):
        assert isinstance(step, int)
        return (*whole[:step], with_value(whole[step], tuple(rest), value), *whole[step + 1 :])
    if isinstance(whole, Mapping):
        return {**whole, step: with_value(whole[step], tuple(rest), value)}
    return replace(whole, **{str(step): with_value(getattr(whole, str(step)), tuple(rest), value)})


def names_in(config: DemoConfig) -> set[str]:
    stored = (config.database, *config.schemas, *config.warehouses, *config.file_formats, *config.stages, *config.roles)
    above = {role.granted_to for role in config.roles}
    return {object_.name for object_ in stored} | above | {config.resource_monitor.name}


def texts_in(config: DemoConfig) -> set[str]:
    stored = (config.database, *config.schemas, *config.warehouses, *config.file_formats, *config.stages, *config.roles)
    stamps = (config.stamp, replace(config.stamp, standard=True))
    comments = {stamp.on(object_.comment) for stamp in stamps for object_ in stored}
    options = {text for one in config.file_formats for value in one.options.values() for text in option_texts(value)}
    return comments | options | {"SNOWFLAKE_SSE", "STATEMENT_TIMEOUT_IN_SECONDS"}


def option_texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def check_script(config: DemoConfig, mode: str) -> None:
    meant = config.quick() if mode == "quick" else config
    for sql in statements_in(script(mode, meant)):
        check(sql, names_in(meant), texts_in(meant))


PATHS = sorted(set(paths(CONFIG)), key=str)


@many
@given(st.sampled_from(PATHS), hostile.values, st.sampled_from(MODES))
def test_a_hostile_value_in_any_field_is_refused_by_name_or_stands_in_the_sql_as_itself(
    path: Path_, value: Any, mode: str
) -> None:
    try:
        config = with_value(CONFIG, path, value)
    except ConfigError:
        return
    check_script(config, mode)


@st.composite
def configurations(draw: st.DrawFn) -> DemoConfig:
    """Allowed, everything switched on, with hostile names in some places and a hostile text wherever one may stand."""
    places = [f"NAME_{number}" for number in range(16)]
    for hostile_name in draw(st.lists(hostile.plain_names, max_size=3, unique=True)):
        places[draw(st.integers(0, 15))] = hostile_name
    database, raw, curated, wh, format_, stage, role, above, monitor, *demo = places
    text = draw(hostile.printable)
    type_ = draw(st.sampled_from(list(FORMAT_OPTIONS)))
    of = {"WAREHOUSE": wh, "STAGE": stage, "FILE FORMAT": format_, "SCHEMA": raw, "TABLES": raw, "VIEWS": curated}
    privileges = tuple(Privilege(held, on, (of[on],) if on in of else ()) for on, held in PRIVILEGES.items())  # type: ignore[arg-type]
    return replace(
        CONFIG,
        database=Database(database, 1, text),
        schemas=(Schema(raw, text), Schema(curated, text)),
        warehouses=(Warehouse(wh, draw(st.sampled_from(list(SIZES))), 60, comment=text),),
        resource_monitor=ResourceMonitor(monitor, draw(st.none() | st.integers(1, 1000))),
        file_formats=(FileFormat(format_, raw, type_, options(type_, text), text),),
        stages=(Stage(stage, curated, text),),
        roles=(Role(role, privileges, above, text),),
        query_tag=text,
        factset=FactsetDemo(*demo, warehouse=wh),
    )


def options(type_: str, text: str) -> dict[str, OptionValue]:
    """Every option of a type of file format, with a hostile text where it is a text."""
    of: dict[type, OptionValue] = {str: text, bool: True, int: 0, tuple: (text, "")}
    return {name: of[kind] for name, kind in FORMAT_OPTIONS[type_].items()}


@many
@given(st.data(), st.sampled_from(MODES))
def test_allowed_names_and_texts_stand_in_the_sql_as_themselves(data: st.DataObject, mode: str) -> None:
    try:
        config = data.draw(configurations())
    except ConfigError:  # a name that is a reserved keyword, say
        return
    check_script(config, mode)


MODEL = {
    "database": "MODEL_DATABASE",
    "schema": "MODEL_SCHEMA",
    "iceberg_schema": "MODEL_ICEBERG",
    "stage": "MODEL_STAGE",
    "warehouse": "MODEL_WAREHOUSE",
    "external_volume": "MODEL_VOLUME",
    "source_database": "MODEL_SOURCE",
    "source_schema": "MODEL_SOURCE_SCHEMA",
    "source_table": "MODEL_SOURCE_TABLE",
    "simulated_database": "MODEL_SIMULATED",
    "followed_table": "MODEL_SOURCE.MODEL_SOURCE_SCHEMA.MODEL_SOURCE_TABLE",
    "stamp": "[MODEL_STAMP]",
}


@many
@given(st.data(), st.sampled_from(FILES))
def test_allowed_names_do_not_change_the_shape_of_the_demos_sql(data: st.DataObject, file: str) -> None:
    try:
        config = data.draw(configurations())
    except ConfigError:
        return
    given_values = values(config, "simulated")
    for ours, model in zip(steps(file, given_values), steps(file, given_values | MODEL), strict=True):
        assert same_shape(ours.sql, model.sql, ("MODEL_",)), ours.sql
