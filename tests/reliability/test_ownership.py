"""Nothing without this deployment's stamp is altered or dropped, in an account with a thousand objects of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from src.config import DemoConfig
from src.demo_kit.cleanup import clean_up
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo
from src.deployment.command import Options, perform
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.emulator.engine import Engine
from src.emulator.protocol.serving import emulator
from src.utils.snowpark_session import open_session, resolve_target

# Names that differ from ours by a prefix, a suffix, case or a quote; comments that a careless search takes for a stamp.
LOOK_ALIKE_NAMES = (
    "X_{}",
    "{}_2",
    "X{}",
    '"{}_lower"',
    '"data_eng_demo {}"',
    '"{}\'s"',
)
LOOK_ALIKE_COMMENTS = (
    "",
    "[data-eng-demo OTHER_DEMO full]",
    "[data-eng-demo DATA_ENG_DEMO_2 full]",
    "[data-eng-demo X_DATA_ENG_DEMO factset]",
    "[data-eng-demo data_eng_demo full]",
    "Not [data-eng-demo DATA_ENG_DEMO full] but ours.",
    "Not [data-eng-demo DATA_ENG_DEMO factset] but ours.",
    "[data-eng-demo DATA_ENG_DEMO full",
    "data-eng-demo DATA_ENG_DEMO full]",
    "[data-eng-demo DATA_ENG_DEMO]",
)
DATABASES = ("OTHERS", "DATA_ENG_DEMO_2", "X_DATA_ENG_DEMO")


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def comment(number: int) -> str:
    return f"COMMENT = {literal(LOOK_ALIKE_COMMENTS[number % len(LOOK_ALIKE_COMMENTS)])}"


def foreign_statements() -> Iterator[str]:
    """What makes the objects of others, one of each kind and each look-alike."""
    for number, database in enumerate(DATABASES):
        yield f"CREATE DATABASE {database} {comment(number)}"
    for kind, base in (("ROLE", "ANALYST_ROLE"), ("WAREHOUSE", "DATA_ENG_LOAD_WH")):
        for number, form in enumerate(LOOK_ALIKE_NAMES):
            yield f"CREATE {kind} {form.format(base)} {comment(number)}"
    yield "CREATE RESOURCE MONITOR DATA_ENG_MONITOR_2 WITH CREDIT_QUOTA = 1"
    for kind in ("ROLE", "WAREHOUSE", "SHARE"):
        yield f"CREATE {kind} SEED_{kind}"
    yield "GRANT USAGE ON DATABASE OTHERS TO SHARE SEED_SHARE"
    yield "GRANT USAGE ON WAREHOUSE SEED_WAREHOUSE TO ROLE SEED_ROLE"
    for number, name in enumerate(("RAW_DATA", "CURATED", "FACTSET", "ICEBERG")):
        schema = f"{DATABASES[number % 3]}.{name}"
        yield f"CREATE SCHEMA {schema} {comment(number)}"
        yield f"CREATE TABLE {schema}.CONSTITUENTS (N INTEGER) CHANGE_TRACKING = TRUE {comment(number)}"
        yield f"CREATE VIEW {schema}.V {comment(number)} AS SELECT 1 AS N"
        yield f"CREATE STREAM {schema}.CONSTITUENTS_ICEBERG_STREAM ON TABLE {schema}.CONSTITUENTS {comment(number)}"
        yield (
            f"CREATE TASK {schema}.CONSTITUENTS_ICEBERG_TASK WAREHOUSE = SEED_WAREHOUSE SCHEDULE = '60 MINUTES' "
            f"{comment(number)} AS SELECT 1"
        )
    yield "CREATE STAGE OTHERS.RAW_DATA.SEED_STAGE"
    yield "CREATE FILE FORMAT OTHERS.RAW_DATA.SEED_FORMAT TYPE = CSV"
    yield "USE WAREHOUSE SEED_WAREHOUSE"
    yield "INSERT INTO OTHERS.RAW_DATA.CONSTITUENTS SELECT 7"


# How many more of each, with the grants on them and to them. Roles and shares are few: SHOW takes its time over each.
COPIES = {"WAREHOUSE": 400, "STAGE": 300, "FILE FORMAT": 260, "SHARE": 20, "ROLE": 20}


def multiply(engine: Engine) -> None:
    """Puts the copies straight into the account's own tables: as statements, they would take a minute."""
    for kind, count in COPIES.items():
        engine.account.read(
            "INSERT INTO _fs_global.account.objects "
            "SELECT o.* REPLACE (o.name || '_' || i AS name, list_extract(?, (i % ?)::INTEGER + 1) AS comment) "
            "FROM _fs_global.account.objects AS o, range(?) AS r(i) WHERE o.kind = ? AND o.name LIKE 'SEED%'",
            [list(LOOK_ALIKE_COMMENTS), len(LOOK_ALIKE_COMMENTS), count, kind],
        )
        engine.account.read(
            "INSERT INTO _fs_global.account.grants "
            "SELECT g.* REPLACE (g.name || '_' || i AS name) FROM _fs_global.account.grants AS g, range(?) AS r(i) "
            "WHERE g.granted_on = ? AND g.name LIKE 'SEED%'",
            [count, kind.replace(" ", "_")],
        )


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of an account that is full of others' objects."""
    folder = tmp_path_factory.mktemp("populated") / "state"
    engine = Engine(folder)
    session = engine.open_session()
    for sql in foreign_statements():
        session.cursor().execute(sql)
    multiply(engine)
    for number in range(COPIES["STAGE"]):
        (folder / "stages" / "OTHERS" / "RAW_DATA" / f"SEED_STAGE_{number}").mkdir()
    session.close()
    engine.close()
    return folder


@pytest.fixture
def sender(populated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    """A session on it. What a test makes, it removes: the account is the same for all of them."""
    monkeypatch.setenv("DATA_ENG_DEMO_STATE", str(populated))
    with (
        emulator(populated),
        open_session(resolve_target("local"), query_tag="TEST") as opened,
        Sender.of(opened.session) as sender,
    ):
        yield sender


SHOWN = (
    "DATABASES",
    "SCHEMAS IN ACCOUNT",
    "WAREHOUSES",
    "ROLES",
    "SHARES",
    "RESOURCE MONITORS",
    "TABLES IN ACCOUNT",
    "VIEWS IN ACCOUNT",
    "STAGES IN ACCOUNT",
    "FILE FORMATS IN ACCOUNT",
    "STREAMS IN ACCOUNT",
    "TASKS IN ACCOUNT",
    "GRANTS TO ROLE SEED_ROLE",
    "GRANTS TO ROLE ACCOUNTADMIN",
    "GRANTS TO SHARE SEED_SHARE",
    "GRANTS OF ROLE SEED_ROLE",
    "GRANTS ON WAREHOUSE SEED_WAREHOUSE_7",
)


def snapshot(sender: Sender) -> dict[str, list[str]]:
    """Everything that the account shows of itself, and the rows."""
    sender.send("USE WAREHOUSE SEED_WAREHOUSE")
    queries = [f"SHOW {shown}" for shown in SHOWN] + ["SELECT * FROM OTHERS.RAW_DATA.CONSTITUENTS"]
    answers = [sender.send(sql) for sql in queries]
    assert [answer.message for answer in answers if answer.error] == []
    return {answer.sql: sorted(map(str, answer.rows)) for answer in answers}


def command(mode: str, config: DemoConfig = CONFIG) -> Report:
    return perform(Options(mode, connection_name="local"), config)


def test_full_and_cleanup_change_nothing_of_others(sender: Sender) -> None:
    before = snapshot(sender)
    assert sum(len(rows) for sql, rows in before.items() if "GRANTS" not in sql) > 1000
    assert command("full").exit_code == 0
    after_full = snapshot(sender)
    changed = {row for sql in before for row in set(before[sql]) - set(after_full[sql])}
    assert [row for row in changed if "'name': 'SYSADMIN'" not in row] == []  # it has more roles now: ours
    assert command("cleanup").exit_code == 0
    assert snapshot(sender) == before


def test_the_demo_changes_nothing_of_others(sender: Sender) -> None:
    before = snapshot(sender)
    assert command("quick").exit_code == 0
    demo = Demo(MANIFEST, sender, CONFIG)
    deploy(demo)
    run(demo)
    report = Report("cleanup", CONFIG.database.name, "local")
    clean_up(demo, report)
    assert report.exit_code == 0
    assert command("cleanup").exit_code == 0
    assert snapshot(sender) == before


OUR_NAMES = (
    "DATABASE DATA_ENG_DEMO",
    "WAREHOUSE DATA_ENG_LOAD_WH",
    "WAREHOUSE DATA_ENG_XFORM_WH",
    "ROLE ANALYST_ROLE",
    "ROLE DATA_ENG_ROLE",
)


@pytest.mark.parametrize("comments", [LOOK_ALIKE_COMMENTS[:5], LOOK_ALIKE_COMMENTS[5:]])
def test_objects_of_our_names_with_stamp_like_texts_are_refused_and_stay(
    sender: Sender, comments: tuple[str, ...]
) -> None:
    for name, comment in zip(OUR_NAMES, comments, strict=True):
        sender.send(f"CREATE {name} COMMENT = {literal(comment)}")
    before = snapshot(sender)
    for mode in ("full", "cleanup"):
        report = command(mode)
        assert report.exit_code == 4
        assert all(any(name in refusal for refusal in report.refusals) for name in OUR_NAMES)
        assert snapshot(sender) == before
    for name in OUR_NAMES:
        sender.send(f"DROP {name}")


def test_a_database_of_the_simulated_sources_name_stays(sender: Sender) -> None:
    assert command("quick").exit_code == 0
    demo = Demo(MANIFEST, sender, CONFIG)
    for text in ("Not [data-eng-demo DATA_ENG_DEMO factset] but ours.", "Ours."):
        demo.ask(f"CREATE DATABASE ETF_DATA COMMENT = {literal(text)}")
        demo.ask("CREATE SCHEMA DATA_ENG_DEMO.FACTSET COMMENT = 'x [data-eng-demo DATA_ENG_DEMO factset]'")
        report = Report("cleanup", CONFIG.database.name, "local")
        clean_up(demo, report)
        assert (report.exit_code, report.left) == (0, [])
        assert [row["comment"] for row in demo.ask("SHOW DATABASES LIKE 'ETF_DATA'")] == [text]
        demo.ask("DROP DATABASE ETF_DATA")
    assert command("cleanup").exit_code == 0


THEIRS = {
    "TABLE": "(N INTEGER)",
    "VIEW": "AS SELECT 1 AS N",
    "STAGE": "",
    "FILE FORMAT": "TYPE = CSV",
    "STREAM": "ON TABLE OTHERS.RAW_DATA.CONSTITUENTS",
    "TASK": "WAREHOUSE = SEED_WAREHOUSE SCHEDULE = '60 MINUTES' AS SELECT 1",
}


def test_what_another_has_put_into_the_demos_schema_stays_with_it(sender: Sender) -> None:
    assert command("quick").exit_code == 0
    demo = Demo(MANIFEST, sender, CONFIG)
    for kind, rest in THEIRS.items():
        demo.ask("CREATE OR ALTER SCHEMA DATA_ENG_DEMO.FACTSET COMMENT = 'x [data-eng-demo DATA_ENG_DEMO factset]'")
        demo.ask(f"CREATE {kind} DATA_ENG_DEMO.FACTSET.THEIRS {rest}")
        report = Report("cleanup", CONFIG.database.name, "local")
        clean_up(demo, report)
        assert (kind, report.exit_code, report.left) == (kind, 1, ["SCHEMA DATA_ENG_DEMO.FACTSET"])
        assert report.warnings == [
            "SCHEMA DATA_ENG_DEMO.FACTSET stays, since it holds THEIRS. Move or drop that, then run cleanup again."
        ]
        assert [row["name"] for row in demo.ask(f"SHOW {kind}S IN SCHEMA DATA_ENG_DEMO.FACTSET")] == ["THEIRS"]
        demo.ask(f"DROP {kind} DATA_ENG_DEMO.FACTSET.THEIRS")
    assert command("cleanup").exit_code == 0
