"""What status says of a demo that is well, and of each fault, with the command that mends it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from config import CONFIG
from demos.factset_etf_iceberg import names
from demos.factset_etf_iceberg.manifest import MANIFEST, PIPELINES
from demos.factset_etf_iceberg.pipeline1_iceberg import ICEBERG, IcebergStatus
from demos.factset_etf_iceberg.pipeline2_parquet import AUDIT, AuditStatus
from src.demo_kit import cleanup
from src.demo_kit.deployment import deploy, run
from src.demo_kit.session import Demo
from src.demo_kit.status import as_lines, expiring, mend_of, status
from src.demo_kit.tasks import Patience, run_tasks
from src.demo_kit.verification import verify
from src.deployment.report import Report
from src.deployment.sending import Sender
from src.emulator import upkeep
from src.utils.errors import DemoError
from src.utils.hints import typed
from src.utils.queries import Row
from src.utils.sql import literal

from .conftest import make_provider, suspend_tasks

TABLE = "ETF_DATA.PUBLIC.CONSTITUENTS"
COMMAND = typed(names.COMMAND)


def faults(demo: Demo) -> list[str]:
    return [str(fault) for fault in status(demo).every_fault]


def proofs_hold(demo: Demo) -> bool:
    return all(proof.holds for proof in verify(demo))


def test_a_demo_that_is_not_deployed_says_how(demo: Demo) -> None:
    with pytest.raises(DemoError) as caught:
        status(demo)
    assert str(caught.value) == f"The demo is not deployed in DATA_ENG_DEMO. Run: {COMMAND} deploy"


@pytest.mark.parametrize(("ttl", "is_warned"), [("8h", True), ("2d", False)])
def test_whoever_looks_within_a_day_of_the_expiry_is_warned(demo: Demo, ttl: str, is_warned: bool) -> None:
    stamp = demo.config.lasting(ttl).account_stamp.on("Of the demo.")
    demo.ask(f"ALTER DATABASE {demo.config.database.name} SET COMMENT = {literal(stamp)}")
    said = expiring(demo)
    assert (f"{demo.config.database.name} expires in 7 h" in said, "gc --yes" in said) == (is_warned, is_warned)
    assert bool(said) == is_warned


def test_a_demo_that_is_well_has_no_faults(demo: Demo) -> None:
    deploy(demo)
    run(demo)
    found = status(demo)
    assert found.every_fault == []
    assert [(one.number, one.pending, one.task_state) for one in found.pipelines] == [
        (1, 0, "started"),
        (2, 0, "started"),
    ]
    iceberg, audit = found.holdings["iceberg"], found.holdings["audit"]
    assert isinstance(iceberg, IcebergStatus)
    assert (iceberg.rows, iceberg.funds) == (1000, 5)
    assert Path(iceberg.metadata.removeprefix("file://")).is_file()
    assert isinstance(audit, AuditStatus)
    assert (audit.files, audit.events) == (1, {"ADD": 1000})


@pytest.mark.parametrize("order", [1, -1])
def test_what_show_answers_is_read_by_the_columns_names_whatever_comes_in_front(loaded: Demo, order: int) -> None:
    def execute(sql: str) -> list[Row]:
        found = loaded.sender.execute(sql)
        shown = sql.lstrip().startswith(("SHOW", "DESC"))
        return [{"a_new_column": "x", **dict([*row.items()][::order])} for row in found] if shown else found

    assert status(replace(loaded, sender=Sender(execute))) == status(loaded)


@pytest.mark.usefixtures("loaded")
def test_pending_changes_are_counted_and_not_consumed(demo: Demo) -> None:
    demo.ask(f"DELETE FROM {TABLE} WHERE SECTOR = 'Cash'")
    assert [one.pending for one in status(demo).pipelines] == [5, 5]
    assert [one.pending for one in status(demo).pipelines] == [5, 5]


def test_a_merge_that_fails_loses_nothing_and_after_the_repair_the_proofs_hold(demo: Demo) -> None:
    make_provider(demo)
    deploy(demo)
    suspend_tasks(demo)
    run(demo)
    demo.ask(f"DELETE FROM {TABLE} WHERE TICKER = 'FIRST'")
    demo.ask(f"INSERT INTO {TABLE} (FUND_ID, TICKER, WEIGHT) SELECT 'F1', 'BBB', {10**15}")
    with pytest.raises(DemoError, match=rf"(?s)^Task {ICEBERG.task} FAILED: .*Its changes are still pending"):
        run(demo)
    # The DELETE of the same transaction is undone, and the stream stands where it stood.
    [row] = demo.ask("SELECT TICKER FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG")
    assert row["TICKER"] == "FIRST"
    assert status(demo).pipelines[0].pending == 2
    [failed, *suspended] = faults(demo)
    assert failed.startswith(f"The last run of task {ICEBERG.task} failed: ")
    assert failed.endswith(f"Mend the cause. Then run: {COMMAND} run --pipelines 1")
    assert len(suspended) == 2
    demo.ask(f"UPDATE {TABLE} SET WEIGHT = 2 WHERE TICKER = 'BBB'")
    run(demo)
    assert proofs_hold(demo)


@pytest.mark.usefixtures("loaded")
def test_a_suspended_task_is_named_and_deploy_resumes_it(demo: Demo) -> None:
    assert faults(demo) == [
        f"Task {pipeline.task} is suspended. Resume it: {COMMAND} deploy --pipelines {PIPELINES.index(pipeline) + 1}"
        for pipeline in PIPELINES
    ]
    deploy(demo)
    assert faults(demo) == []


def test_a_task_suspended_after_failures_is_named_as_such(demo: Demo) -> None:
    make_provider(demo)
    deploy(demo)
    run(demo)
    demo.ask(f"INSERT INTO {TABLE} (FUND_ID, WEIGHT) SELECT 'F1', {10**15}")
    for _ in range(3):
        with pytest.raises(DemoError, match="FAILED"):
            run_tasks(demo, [ICEBERG.task])
    assert f"Task {ICEBERG.task} is suspended, after failures. Resume it: {COMMAND} deploy --pipelines 1" in faults(
        demo
    )


def test_a_stale_stream_is_named_and_the_pipeline_begun_anew_is_right(demo: Demo) -> None:
    make_provider(demo)
    deploy(demo)
    suspend_tasks(demo)
    run(demo)
    demo.ask("DROP DATABASE ETF_DATA")
    make_provider(demo)
    found = faults(demo)
    for pipeline in PIPELINES:
        number = PIPELINES.index(pipeline) + 1
        anew = f"{COMMAND} cleanup --pipelines {number}, then {COMMAND} deploy --pipelines {number}"
        assert any(pipeline.stream in fault and fault.endswith(anew) for fault in found), found
    cleanup.drop_pipelines(demo, PIPELINES, Report("cleanup"))
    deploy(demo)
    run(demo)
    assert proofs_hold(demo)


def test_a_task_that_does_not_end_in_time_is_an_error_and_goes_on(demo: Demo) -> None:
    deploy(demo)
    suspend_tasks(demo)
    clock = iter([0.0, 10.0])
    with pytest.raises(
        DemoError, match=rf"^Task {AUDIT.task} has not ended within 5 s: .*It goes on; look with status"
    ):
        run_tasks(demo, [AUDIT.task], Patience(5, lambda: next(clock), lambda seconds: None))


@contextmanager
def no_room_for_files(place: Path) -> Iterator[None]:
    """No file may grow beyond the account's own log: to whoever writes a larger one, the disk is full."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = (place / "account.duckdb.wal").stat().st_size + 65_536
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def test_a_full_disk_is_named_nothing_is_lost_and_with_room_the_proofs_hold(
    demo: Demo, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LARGE_LOG", "SECONDS_IDLE"):  # a log that went into its database meanwhile would have no room there
        monkeypatch.setattr(upkeep, name, 1_000_000_000)
    deploy(demo, [AUDIT], rows=20_000)
    suspend_tasks(demo)
    with no_room_for_files(place), pytest.raises(DemoError, match=rf"(?s)^Task {AUDIT.task} FAILED: .*too large"):
        run(demo, [AUDIT])
    assert status(demo).pipelines[0].pending == 20_000
    assert demo.ask("LIST @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE") == []
    [failed, _] = faults(demo)
    assert failed.endswith(
        "Make room where the files go; nothing is lost, the changes are still pending. Then run: " + f"{COMMAND} run"
    )
    run(demo, [AUDIT])
    assert proofs_hold(demo)


@pytest.mark.parametrize(
    ("message", "mend"),
    [
        ("003030 (02000): Shared database is no longer available for use.", "The provider has revoked the share"),
        ("Stream CONSTITUENTS_AUDIT_STREAM is stale.", "The stream has lost its place"),
        ("Base TABLE CONSTITUENTS dropped, cannot read from stream on it.", "The stream has lost its place"),
        ("IO Error: No space left on device", "Make room where the files go"),
        ("Object 'X' does not exist or not authorized.", "Something that the pipeline needs is gone or hidden"),
        (
            "SYSTEM$SET_RETURN_VALUE needs a constant",
            "Nothing is lost: the task is of an earlier version of this demo.",
        ),
        ("IO Error: Disk quota exceeded", "Make room where the files go"),
        (
            "090073 (22000): Warehouse 'W' cannot be resumed because resource monitor 'M' has exceeded its quota.",
            "Nothing is lost: the changes are still pending. Raise the resource monitor's quota",
        ),
        (
            "091089 (23001): Cannot execute task, EXECUTE TASK privilege must be granted to owner role",
            "Nothing is lost: the changes are still pending. Ask an administrator for GRANT EXECUTE TASK",
        ),
        ("Numeric value is out of range", "Nothing is lost: the changes are still pending. Mend the cause"),
    ],
)
def test_each_fault_has_what_mends_it(message: str, mend: str) -> None:
    demo = Demo(MANIFEST, Sender(lambda sql: []), CONFIG)
    assert mend_of(demo, message, 1).startswith(mend)
    assert COMMAND in mend_of(demo, message, 1)


@pytest.mark.usefixtures("loaded")
def test_a_deployment_of_an_earlier_version_is_looked_at_proven_put_right_and_removed(demo: Demo) -> None:
    """Its task set an expression as its return value, inside its transaction, and had no query tag."""
    task = f"DATA_ENG_DEMO.FACTSET.{ICEBERG.task}"
    [shown] = demo.ask(f"SHOW TASKS LIKE '{ICEBERG.task}' IN SCHEMA DATA_ENG_DEMO.FACTSET")
    before, _, after = shown["definition"].partition("  COMMIT;")
    handler = after.rpartition("EXCEPTION")[2]
    call = "  CALL SYSTEM$SET_RETURN_VALUE('{\"adds\": ' || :adds::VARCHAR || '}');\n"
    demo.ask(f"ALTER TASK {task} UNSET QUERY_TAG")
    demo.ask(f"ALTER TASK {task} MODIFY AS {before}{call}  COMMIT;\nEXCEPTION{handler}")
    assert status(demo).pipelines[0].pending == 0
    assert proofs_hold(demo)
    demo.ask(f"DELETE FROM {TABLE} WHERE SECTOR = 'Cash'")
    with pytest.raises(DemoError, match=rf"(?s)^Task {ICEBERG.task} FAILED: .*SYSTEM.SET_RETURN_VALUE"):
        run(demo)
    advice = f"the task is of an earlier version of this demo. Make it again: {COMMAND} deploy --pipelines 1"
    assert faults(demo)[0].endswith(advice)
    deploy(demo)
    run(demo)
    assert proofs_hold(demo)
    report = Report("cleanup")
    cleanup.clean_up(demo, report)
    assert report.left == []


@pytest.mark.usefixtures("loaded")
def test_the_lines_tell_faults_last(demo: Demo) -> None:
    demo.ask(f"DROP TASK DATA_ENG_DEMO.FACTSET.{AUDIT.task}")
    lines = list(as_lines(status(demo)))
    assert lines[0] == f"Source: simulated. The streams follow {TABLE}."
    assert lines[-1] == f"Fault: Task {AUDIT.task} does not exist. Make it again: {COMMAND} deploy --pipelines 2"
