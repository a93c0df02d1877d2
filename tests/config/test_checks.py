"""What config.py may say, and what it is told when it says something else."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import CONFIG
from src.config import (
    ConfigError,
    Database,
    DemoConfig,
    FileFormat,
    Privilege,
    ResourceMonitor,
    Role,
    Schema,
    Stage,
    Warehouse,
)
from src.config.checks import is_plain_identifier

HOSTILE_NAMES = [
    "",
    "lower",
    "1ST",
    "$DOLLAR_FIRST",
    "WITH SPACE",
    'QUO"TE',
    "QUO'TE",
    "SEMI;COLON",
    "DASH-ED",
    "DOT.TED",
    "NEW\nLINE",
    "ÜMLAUT",
    "X" * 256,
    "TWO$$DOLLARS",
    "SELECT",
    "TABLE",
    "ACCOUNT",
    None,
    7,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_identifier_is_refused(name: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        Schema(name)
    assert caught.value.field == "schema.name"
    assert caught.value.value == name


@pytest.mark.parametrize("name", ["A", "_", "A$1", "RAW_DATA", "X" * 255])
def test_a_plain_identifier_is_taken(name: str) -> None:
    assert Schema(name).name == name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Warehouse("WH", "HUGE", 60),
            "warehouse.size is 'HUGE'. Allowed: XSMALL, SMALL, MEDIUM, LARGE, XLARGE, XXLARGE, XXXLARGE, X4LARGE, "
            "X5LARGE, X6LARGE.",
        ),
        (
            lambda: Warehouse("WH", "XSMALL", 59),
            "warehouse.auto_suspend_seconds is 59. Allowed: 0 (never), or 60 seconds and more.",
        ),
        (
            lambda: Warehouse("WH", "XSMALL", False),
            "warehouse.auto_suspend_seconds is False. Allowed: 0 (never), or 60 seconds and more.",
        ),
        (
            lambda: Warehouse("WH", "XSMALL", 60, generation=2),  # type: ignore[arg-type]
            "warehouse.generation is 2. Allowed: '1' or '2', in quotes.",
        ),
        (
            lambda: Warehouse("WH", "X6LARGE", 60, generation="2"),
            "warehouse.generation of WH is '2'. Allowed: '1', the one of X6LARGE.",
        ),
        (
            lambda: Warehouse("WH", "XSMALL", 60, statement_timeout_seconds=0),
            "warehouse.statement_timeout_seconds is 0. Allowed: a whole number from 1 to 604800.",
        ),
        (
            lambda: Database("DB", retention_days=91),
            "database.retention_days is 91. Allowed: a whole number from 0 to 90.",
        ),
        (
            lambda: Database("DB", retention_days=-1),
            "database.retention_days is -1. Allowed: a whole number from 0 to 90.",
        ),
        (
            lambda: Database("DB", 1, comment="[data-eng-demo OTHER full]"),
            "database.comment is '[data-eng-demo OTHER full]'. "
            "Allowed: up to 200 printable characters without square brackets.",
        ),
        (
            lambda: Stage("S", "RAW_DATA", comment="two\nlines"),
            "stage.comment is 'two\\nlines'. Allowed: up to 200 printable characters without square brackets.",
        ),
        (
            lambda: Schema("PUBLIC"),
            "schema.name is 'PUBLIC'. Allowed: any name but the two schemas that every database has.",
        ),
        (
            lambda: ResourceMonitor("M", credit_quota=0),
            "resource_monitor.credit_quota is 0. Allowed: a whole number from 1 to 1000000.",
        ),
        (lambda: FileFormat("F", "S", "AVRO"), "file_format.type is 'AVRO'. Allowed: CSV, JSON, PARQUET."),
        (
            lambda: FileFormat("F", "S", "JSON", {"SKIP_HEADER": 1}),
            "file_format.options of F is 'SKIP_HEADER'. Allowed: COMPRESSION, STRIP_OUTER_ARRAY, STRIP_NULL_VALUES, "
            "ALLOW_DUPLICATE, IGNORE_UTF8_ERRORS.",
        ),
        (
            lambda: FileFormat("F", "S", "CSV", {"SKIP_HEADER": True}),
            "file_format.options['SKIP_HEADER'] of F is True. Allowed: a whole number.",
        ),
        (
            lambda: FileFormat("F", "S", "CSV", {"SKIP_HEADER": 1, "PARSE_HEADER": True}),
            "file_format.options of F is 'PARSE_HEADER and SKIP_HEADER'. Allowed: one of the two.",
        ),
        (
            lambda: Privilege(("WRITE", "READ"), "STAGE", ("S",)),
            "privilege.privileges on STAGE is ('WRITE', 'READ'). Allowed: READ before WRITE.",
        ),
        (
            lambda: Privilege(("OWNERSHIP",), "WAREHOUSE", ("W",)),
            "privilege.privileges on WAREHOUSE is 'OWNERSHIP'. Allowed: USAGE, OPERATE, MONITOR.",
        ),
        (lambda: Privilege((), "WAREHOUSE", ("W",)), "privilege.privileges is (). Allowed: one or more."),
        (
            lambda: Privilege(("USAGE",), "SCHEMA"),
            "privilege.of on SCHEMA is (). Allowed: the names of the objects; none for the account or the database.",
        ),
        (
            lambda: Privilege(("EXECUTE TASK",), "ACCOUNT", ("XY12345",)),
            "privilege.of on ACCOUNT is ('XY12345',). "
            "Allowed: the names of the objects; none for the account or the database.",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_itself_and_what_is_allowed(make: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until": "8h"}, "until is '8h'. Allowed: datetime(...)."),
        ({"schemas": (Schema("A"), Schema("A"))}, "schemas is 'A'. Allowed: each name once."),
        ({"stages": (Stage("S", "NOWHERE"),)}, "stages: schema is 'NOWHERE'. Allowed: RAW_DATA, CURATED, ANALYTICS."),
        (
            {"roles": (Role("R", (Privilege(("USAGE",), "WAREHOUSE", ("OTHER_WH",)),)),)},
            "role R: privileges on WAREHOUSE is 'OTHER_WH'. "
            "Allowed: DATA_ENG_LOAD_WH, DATA_ENG_XFORM_WH, DATA_ENG_ANALYTICS_WH.",
        ),
        (
            {"roles": (Role("R", (Privilege(("USAGE",), "DATABASE"), Privilege(("MONITOR",), "DATABASE"))),)},
            "role R: privileges on the same object is 'DATABASE'. Allowed: each name once.",
        ),
    ],
)
def test_values_that_do_not_fit_together_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        replace(CONFIG, **change)
    assert str(caught.value) == message


def account_level_names(config: DemoConfig) -> list[str]:
    objects = (config.database, config.resource_monitor, *config.warehouses, *config.roles)
    in_privileges = [
        name for role in config.roles for one in role.privileges if one.on == "WAREHOUSE" for name in one.of
    ]
    return [object_.name for object_ in objects] + in_privileges


def test_a_prefix_goes_before_every_account_level_name() -> None:
    assert account_level_names(CONFIG.with_prefix("alice")) == [f"ALICE_{name}" for name in account_level_names(CONFIG)]


def test_a_prefix_leaves_what_lives_in_the_database_alone() -> None:
    prefixed = CONFIG.with_prefix("ALICE")
    assert (prefixed.schemas, prefixed.stages, prefixed.file_formats) == (
        CONFIG.schemas,
        CONFIG.stages,
        CONFIG.file_formats,
    )
    assert {role.granted_to for role in prefixed.roles} == {"SYSADMIN"}


@pytest.mark.parametrize(
    "prefix", [*(name for name in HOSTILE_NAMES if isinstance(name, str) and name != "lower"), "ß"]
)
def test_a_hostile_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigError, match=r"^prefix is "):
        CONFIG.with_prefix(prefix)


def test_a_prefix_that_makes_a_name_too_long_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^database.name is .* \(264 characters\)"):
        CONFIG.with_prefix("P" * 248)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_a_prefix_is_refused_or_gives_only_plain_identifiers(prefix: str) -> None:
    try:
        config = CONFIG.with_prefix(prefix)
    except ConfigError:
        return
    assert all(is_plain_identifier(name) for name in account_level_names(config))


def test_quick_is_the_same_at_the_least_cost() -> None:
    quick = CONFIG.quick()
    assert {(one.size, one.auto_suspend_seconds) for one in quick.warehouses} == {("XSMALL", 60)}
    assert (quick.database.retention_days, quick.roles, quick.mode) == (1, (), "quick")
    assert [one.name for one in quick.warehouses] == [one.name for one in CONFIG.warehouses]
    assert (quick.schemas, quick.stages, quick.file_formats) == (CONFIG.schemas, CONFIG.stages, CONFIG.file_formats)


@pytest.mark.parametrize(
    ("size", "generation", "credits"),
    [("XSMALL", "1", 1), ("LARGE", "1", 8), ("X6LARGE", "1", 512), ("LARGE", "2", 10.8)],
)
def test_a_warehouse_costs_by_its_size_and_generation(size: str, generation: str, credits: float) -> None:
    assert Warehouse("WH", size, 60, generation=generation).credits_per_hour == pytest.approx(credits)


def test_a_prefix_may_make_the_name_of_a_database_as_long_as_the_name_of_a_file_can_be() -> None:
    assert len(CONFIG.with_prefix("P" * (230 - len("_DATA_ENG_DEMO"))).database.name) == 230
    with pytest.raises(ConfigError, match=r"^database\.name is .*\. Allowed: 1 to 230 of "):
        CONFIG.with_prefix("P" * (231 - len("_DATA_ENG_DEMO")))
    with pytest.raises(ConfigError, match=r"^factset\.simulated_database is .*\. Allowed: 1 to 230 of "):
        replace(CONFIG.factset, simulated_database="X" * 231)
