"""Deploying, running and simulating, on the emulator."""

import re
import time
from dataclasses import replace

import pytest
from snowflake.connector.errors import ProgrammingError

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST, PIPELINES
from demos.factset_etf_iceberg.pipeline1_iceberg import ICEBERG
from demos.factset_etf_iceberg.pipeline2_parquet import AUDIT
from demos.factset_etf_iceberg.source import simulate
from src.demo_kit.cleanup import clean_up, drop_pipelines
from src.demo_kit.deployment import deploy, run
from src.demo_kit.manifest import Pipeline
from src.demo_kit.session import Demo
from src.demo_kit.status import as_lines, status
from src.demo_kit.streams import deployed, find_streams
from src.demo_kit.tasks import TasksFailed
from src.demo_kit.verification import verify
from src.deployment.build import build
from src.deployment.report import Report
from src.infrastructure import databases, warehouses
from src.utils.errors import DemoError, Refused
from src.utils.hints import typed
from src.utils.queries import Row

from .conftest import make_provider, suspend_tasks

TABLE = "ETF_DATA.PUBLIC.CONSTITUENTS"


def value(demo: Demo, sql: str) -> object:
    [row] = demo.ask(sql)
    return next(iter(row.values()))


def broken_proofs(demo: Demo) -> list[str]:
    return [str(proof) for proof in verify(demo) if not proof.holds]


def rebalance(demo: Demo, **counts: int) -> dict[str, int]:
    wanted = {"adds": 0, "updates": 0, "deletes": 0, "rekeys": 0, "seed": 1} | counts
    return dict(simulate(demo, deployed(demo), **wanted))


# Deploying


def test_without_infrastructure_it_says_to_run_setup(account: Demo) -> None:
    with pytest.raises(DemoError) as caught:
        deploy(account)
    assert str(caught.value) == (
        "Database DATA_ENG_DEMO does not exist or is hidden from this role: the demo stands on the infrastructure of "
        f"setup.py. Run: {typed('python setup.py --mode full')}"
    )


def test_the_first_run_loads_all_rows_and_the_proofs_hold(demo: Demo) -> None:
    deploy(demo)
    run(demo)
    assert value(demo, "SELECT COUNT(*) FROM DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG") == 1000
    assert broken_proofs(demo) == []


def test_every_object_carries_the_stamp_of_the_demo(demo: Demo) -> None:
    deploy(demo)
    shown = [
        row
        for kind in ("STREAMS", "TASKS", "STAGES", "FILE FORMATS")
        for row in demo.ask(f"SHOW {kind} IN SCHEMA DATA_ENG_DEMO.FACTSET")
    ]
    shown += demo.ask("SHOW ICEBERG TABLES IN SCHEMA DATA_ENG_DEMO.ICEBERG")
    shown += demo.ask("SHOW DATABASES LIKE 'ETF_DATA'")
    assert len(shown) == 8
    assert [row["name"] for row in shown if not row["comment"].endswith(str(MANIFEST.stamp(CONFIG)))] == []


@pytest.mark.usefixtures("loaded")
def test_a_second_deployment_loses_no_pending_change_and_loads_nothing_twice(demo: Demo) -> None:
    rebalance(demo, adds=5, updates=5, deletes=5, rekeys=5)
    deploy(demo)
    run(demo)
    assert value(demo, f"SELECT COUNT(*) FROM {TABLE}") == 1000
    assert broken_proofs(demo) == []


def objects(demo: Demo) -> dict[str, str]:
    """What a deployment has done to each object, by kind and name."""
    now = replace(demo, outcomes=[])
    deploy(now)
    return {str(one): one.result for one in now.outcomes}


def test_a_deployment_says_of_each_object_what_became_of_it(demo: Demo) -> None:
    first = objects(demo)
    assert len(first) == 12
    # A new database has a schema PUBLIC.
    assert {name for name, result in first.items() if result != "created"} == {"SCHEMA ETF_DATA.PUBLIC"}
    assert set(objects(demo).values()) == {"unchanged"}


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("change", "name", "result"),
    [
        (f"ALTER TASK DATA_ENG_DEMO.FACTSET.{AUDIT.task} MODIFY AS SELECT 1", f"TASK {AUDIT.task}", "changed"),
        ("ALTER STAGE DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE SET COMMENT = 'x'", "STAGE FACTSET_ETF_STAGE", "changed"),
        (
            "ALTER FILE FORMAT DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT SET BINARY_AS_TEXT = TRUE",
            "FILE FORMAT AUDIT_FORMAT",
            "changed",
        ),
        (f"DROP TASK DATA_ENG_DEMO.FACTSET.{AUDIT.task}", f"TASK {AUDIT.task}", "created"),
        ("DROP FILE FORMAT DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT", "FILE FORMAT AUDIT_FORMAT", "created"),
    ],
)
def test_a_deployment_says_which_object_it_has_brought_in_line(demo: Demo, change: str, name: str, result: str) -> None:
    deploy(demo)  # resumes the tasks
    demo.ask(f"ALTER TASK DATA_ENG_DEMO.FACTSET.{AUDIT.task} SUSPEND")
    demo.ask(change)
    demo.ask(f"ALTER TASK IF EXISTS DATA_ENG_DEMO.FACTSET.{AUDIT.task} RESUME")
    found = {f"{one.partition(' DATA')[0]} {one.rpartition('.')[2]}": became for one, became in objects(demo).items()}
    assert {one: became for one, became in found.items() if became != "unchanged"} == {name: result}


@pytest.mark.usefixtures("loaded")
def test_a_suspended_task_that_is_resumed_is_changed(demo: Demo) -> None:
    assert {name.rpartition(".")[2] for name, result in objects(demo).items() if result == "changed"} == {
        ICEBERG.task,
        AUDIT.task,
    }


def test_a_second_deployment_before_the_first_run_loads_once(demo: Demo) -> None:
    deploy(demo)
    deploy(demo)
    run(demo)
    assert broken_proofs(demo) == []


@pytest.mark.usefixtures("loaded")
def test_an_iceberg_table_that_was_dropped_is_loaded_anew(demo: Demo) -> None:
    demo.ask("DROP ICEBERG TABLE DATA_ENG_DEMO.ICEBERG.CONSTITUENTS_ICEBERG")
    deploy(demo)
    run(demo)
    assert broken_proofs(demo) == []


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_what_a_stream_has_made_is_not_made_again_by_another(loaded: Demo, pipeline: Pipeline) -> None:
    """As an interrupted cleanup leaves it; the rows that are gone since would stay in the Iceberg table."""
    loaded.ask(f"DROP TASK DATA_ENG_DEMO.FACTSET.{pipeline.task}")
    loaded.ask(f"DROP STREAM DATA_ENG_DEMO.FACTSET.{pipeline.stream}")
    with pytest.raises(Refused, match=f"of an earlier deployment, whose stream {pipeline.stream} is gone.* cleanup --"):
        deploy(loaded)
    drop_pipelines(loaded, [pipeline], Report("cleanup"))
    deploy(loaded)
    run(loaded)
    assert broken_proofs(loaded) == []


@pytest.mark.parametrize("look", ["SHOW TABLES LIKE 'CONSTITUENTS_ICEBERG'", "SHOW STREAMS"])
def test_what_cannot_be_looked_at_is_not_taken_for_absent(
    loaded: Demo, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    """Else the table's stream would go, with the changes that are pending."""
    execute = loaded.sender.execute

    def refusing(sql: str) -> list[Row]:
        if sql.startswith(look):
            raise ProgrammingError("003001 (42501): Insufficient privileges", errno=3001)
        return execute(sql)

    with monkeypatch.context() as patched:
        patched.setattr(loaded.sender, "execute", refusing)
        with pytest.raises(DemoError, match="Insufficient privileges"):
            deploy(loaded)
    assert ICEBERG.stream in {row["name"] for row in find_streams(loaded)}


def test_one_pipeline_can_be_deployed_alone(demo: Demo) -> None:
    deploy(demo, [AUDIT])
    assert [row["name"] for row in demo.ask("SHOW STREAMS IN SCHEMA DATA_ENG_DEMO.FACTSET")] == [AUDIT.stream]
    with pytest.raises(DemoError, match=r"^Not deployed: pipeline 1\. Run: .*python -m demos"):
        run(demo)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_alone_has_a_status_and_the_proofs_that_it_can_give(demo: Demo, pipeline: Pipeline) -> None:
    deploy(demo, [pipeline])
    run(demo, [pipeline])
    found = status(demo)
    assert [(one.number, one.pending, one.faults) for one in found.pipelines] == [
        (PIPELINES.index(pipeline) + 1, 0, [])
    ]
    assert (found.holdings["iceberg"] is not None, found.holdings["audit"] is not None) == (
        pipeline == ICEBERG,
        pipeline == AUDIT,
    )
    proofs = verify(demo)
    assert [(proof.title, proof.holds) for proof in proofs] == [
        (
            "the Iceberg table equals the source"
            if pipeline == ICEBERG
            else "the audit files alone rebuild the source",
            True,
        ),
        (f"the stream of pipeline {PIPELINES.index(pipeline) + 1} is empty", True),
    ]
    assert proofs[1].compared.startswith("0 pending; the other pipeline is not deployed")


def test_an_external_volume_that_config_names_holds_the_table(demo: Demo) -> None:
    demo.ask(
        "CREATE EXTERNAL VOLUME LAKE STORAGE_LOCATIONS = ((NAME = 'one' STORAGE_PROVIDER = 'S3' "
        "STORAGE_BASE_URL = 's3://bucket/' STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::123456789012:role/r'))"
    )
    named = replace(CONFIG, factset=replace(CONFIG.factset, external_volume="LAKE"))
    deploy(replace(demo, config=named), [ICEBERG])
    [table] = demo.ask("SHOW ICEBERG TABLES IN SCHEMA DATA_ENG_DEMO.ICEBERG")
    assert table["external_volume_name"] == "LAKE"


@pytest.mark.usefixtures("loaded")
def test_the_pipelines_share_nothing(demo: Demo) -> None:
    rebalance(demo, adds=3)
    both = value(demo, f"SELECT COUNT(*) FROM DATA_ENG_DEMO.FACTSET.{AUDIT.stream}")
    run(demo, [ICEBERG])
    assert value(demo, f"SELECT COUNT(*) FROM DATA_ENG_DEMO.FACTSET.{AUDIT.stream}") == both
    assert value(demo, f"SELECT COUNT(*) FROM DATA_ENG_DEMO.FACTSET.{ICEBERG.stream}") == 0


def test_a_schema_of_another_is_refused_before_anything_changes(demo: Demo) -> None:
    demo.ask("CREATE SCHEMA DATA_ENG_DEMO.ICEBERG COMMENT = 'Somebody else'")
    with pytest.raises(Refused, match=r"^SCHEMA DATA_ENG_DEMO\.ICEBERG exists and does not carry the demo's stamp\."):
        deploy(demo)
    assert "FACTSET" not in {row["name"] for row in demo.ask("SHOW SCHEMAS IN DATABASE DATA_ENG_DEMO")}


def test_an_account_that_refuses_the_volume_is_told_two_ways_on(demo: Demo) -> None:
    config = replace(CONFIG, factset=replace(CONFIG.factset, external_volume="NO_SUCH_VOLUME"))
    with pytest.raises(DemoError, match=r"The account refuses an Iceberg table on NO_SUCH_VOLUME.*Two ways on:.*2"):
        deploy(replace(demo, config=config))


def test_two_presenters_share_an_account_by_their_prefixes(demo: Demo) -> None:
    alice = replace(demo, config=CONFIG.with_prefix("ALICE").quick())
    build(demo.sender, alice.config, Report("quick"), steps=(databases.database, warehouses.warehouses))
    for one in (demo, alice):
        deploy(one)
        run(one)
        assert broken_proofs(one) == []
    clean_up(alice, Report("cleanup"))
    assert broken_proofs(demo) == []
    assert {row["name"] for row in demo.ask("SHOW DATABASES LIKE '%ETF_DATA'")} == {"ETF_DATA"}


def test_an_empty_source_is_refused_since_its_streams_would_not_begin(demo: Demo) -> None:
    make_provider(demo)
    demo.ask(f"TRUNCATE TABLE {TABLE}")
    with pytest.raises(DemoError, match=r"^ETF_DATA\.PUBLIC\.CONSTITUENTS has no rows"):
        deploy(demo)


# The simulated source


def rows_of_source(demo: Demo) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in demo.ask(f"SELECT * FROM {TABLE} ORDER BY FUND_ID, TICKER")]


def funds_off_one_hundred(demo: Demo) -> object:
    odd = f"SELECT FUND_ID FROM {TABLE} GROUP BY FUND_ID HAVING SUM(WEIGHT)::NUMBER(18, 6) <> 100"
    return value(demo, f"SELECT COUNT(*) FROM ({odd}) AS odd")


def test_the_constituents_are_labelled_and_the_weights_of_a_fund_add_up_to_one_hundred(demo: Demo) -> None:
    deploy(demo, [AUDIT], rows=1500)
    assert value(demo, f"SELECT COUNT(*) FROM {TABLE}") == 1500
    assert value(demo, f"SELECT COUNT(DISTINCT FUND_ID) FROM {TABLE}") == 8
    assert value(demo, f"SELECT COUNT(DISTINCT FUND_ID || TICKER || AS_OF_DATE) FROM {TABLE}") == 1500
    unlabelled = (
        f"SELECT COUNT(*) FROM {TABLE} WHERE NOT (STARTSWITH(TICKER, 'SIM') AND STARTSWITH(FUND_ID, 'SIM-ETF-'))"
    )
    assert value(demo, unlabelled) == 0
    assert funds_off_one_hundred(demo) == 0


def test_the_same_seed_gives_the_same_rows_and_the_same_changes(demo: Demo) -> None:
    seen = []
    for seed in (7, 7, 8):
        demo.ask("DROP DATABASE IF EXISTS ETF_DATA")
        demo.ask("DROP SCHEMA IF EXISTS DATA_ENG_DEMO.FACTSET")
        deploy(demo, [AUDIT], seed=seed)
        before = rows_of_source(demo)
        rebalance(demo, adds=3, updates=3, deletes=3, rekeys=3, seed=seed)
        seen.append((before, rows_of_source(demo)))
    assert seen[0] == seen[1]
    assert seen[0][0] != seen[2][0]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "counts",
    [
        {"adds": 4, "updates": 0, "deletes": 0, "rekeys": 0},
        {"adds": 0, "updates": 9, "deletes": 0, "rekeys": 0},
        {"adds": 0, "updates": 0, "deletes": 6, "rekeys": 0},
        {"adds": 0, "updates": 0, "deletes": 0, "rekeys": 5},
        {"adds": 7, "updates": 20, "deletes": 6, "rekeys": 5},
    ],
)
def test_a_rebalancing_changes_as_many_rows_as_asked_and_keeps_one_hundred(demo: Demo, counts: dict[str, int]) -> None:
    for seed in (1, 1, 2):
        done = rebalance(demo, **counts, seed=seed)
        assert {kind: done[kind] for kind in counts} == counts
        assert funds_off_one_hundred(demo) == 0
        changed = demo.ask(
            "SELECT COUNT_IF(METADATA$ACTION = 'INSERT' AND NOT METADATA$ISUPDATE) AS ADDS, "
            "COUNT_IF(METADATA$ACTION = 'INSERT' AND METADATA$ISUPDATE) AS UPDATES, "
            "COUNT_IF(METADATA$ACTION = 'DELETE' AND NOT METADATA$ISUPDATE) AS DELETES "
            f"FROM DATA_ENG_DEMO.FACTSET.{AUDIT.stream}"
        )
        updates = counts["updates"] + counts["rekeys"] + done["cash_lines"]
        assert changed == [{"ADDS": counts["adds"], "UPDATES": updates, "DELETES": counts["deletes"]}]
        run(demo, [AUDIT])


def test_a_source_that_is_not_simulated_is_never_written_to(demo: Demo) -> None:
    make_provider(demo)
    deploy(demo)
    with pytest.raises(Refused, match=r"^ETF_DATA\.PUBLIC\.CONSTITUENTS is not simulated: nothing is written to it"):
        rebalance(demo, adds=1)
    assert value(demo, f"SELECT COUNT(*) FROM {TABLE}") == 1


# Runs


def test_the_tasks_begin_by_themselves_when_their_streams_have_data(demo: Demo) -> None:
    deploy(demo)
    for _ in range(300):
        if not any(one.pending for one in status(demo).pipelines):
            break
        time.sleep(0.1)
    assert broken_proofs(demo) == []


@pytest.mark.usefixtures("loaded")
def test_a_run_without_changes_says_so_and_runs_nothing(demo: Demo) -> None:
    rebalance(demo, adds=1)
    run(demo)  # the run before may have been a stream's
    heard: list[str] = []
    run(replace(demo, say=heard.append))
    assert [line.partition(" since")[0] for line in heard] == [f"{one.task}: nothing pending" for one in PIPELINES]
    assert all(re.search(r" since its run at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", line) for line in heard)


def wait_until_nothing_is_pending(demo: Demo) -> None:
    for _ in range(300):
        if not any(one.pending for one in status(demo).pipelines):
            return
        time.sleep(0.1)


def test_a_run_reports_the_runs_that_the_streams_have_triggered_before(demo: Demo) -> None:
    deploy(demo)
    wait_until_nothing_is_pending(demo)
    suspend_tasks(demo)
    heard: list[str] = []
    runs = run(replace(demo, say=heard.append))
    triggered = r": SUCCEEDED at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, triggered by its stream"
    assert re.fullmatch(f'{ICEBERG.task}{triggered} {{"adds": 1000, "updates": 0, "deletes": 0}}', heard[0])
    assert re.fullmatch(f"{AUDIT.task}{triggered}", heard[1])
    assert [(one["task"], one["state"], one["pending"]) for one in runs] == [
        (ICEBERG.task, "SUCCEEDED", 0),
        (AUDIT.task, "SUCCEEDED", 0),
    ]


def test_a_run_right_after_a_deployment_tells_of_every_row(demo: Demo) -> None:
    """Whether the stream or the command was faster."""
    deploy(demo)
    heard: list[str] = []
    run(replace(demo, say=heard.append))
    assert sorted(line.partition(":")[0] for line in heard) == sorted([ICEBERG.task, AUDIT.task])
    assert sum('"adds": 1000' in line for line in heard) == 1
    assert all("SUCCEEDED" in line for line in heard)


@pytest.mark.usefixtures("loaded")
def test_a_run_that_fails_does_not_hide_that_the_other_pipeline_succeeded(demo: Demo) -> None:
    rebalance(demo, adds=1)
    lost = f"COPY INTO @DATA_ENG_DEMO.FACTSET.NO_SUCH_STAGE/ FROM (SELECT * FROM DATA_ENG_DEMO.FACTSET.{AUDIT.stream})"
    demo.ask(f"ALTER TASK DATA_ENG_DEMO.FACTSET.{AUDIT.task} MODIFY AS {lost}")
    heard: list[str] = []
    with pytest.raises(TasksFailed, match=f"^Task {AUDIT.task} FAILED: ") as caught:
        run(replace(demo, say=heard.append))
    assert [" ".join(line.split()[:2]) for line in heard] == [f"{ICEBERG.task}: SUCCEEDED", f"{AUDIT.task}: FAILED"]
    assert {name: one.state for name, one in caught.value.runs.items()} == {
        ICEBERG.task: "SUCCEEDED",
        AUDIT.task: "FAILED",
    }


@pytest.mark.usefixtures("loaded")
def test_a_run_of_an_earlier_deployment_is_not_reported(demo: Demo) -> None:
    drop_pipelines(demo, PIPELINES, Report("cleanup"))
    deploy(demo)
    suspend_tasks(demo)
    assert all(run.scheduled_from == "TRIGGER" for one in status(demo).pipelines for run in one.runs)


@pytest.mark.usefixtures("loaded")
def test_a_rebalancing_that_finds_fewer_rows_than_asked_says_so(demo: Demo) -> None:
    heard: list[str] = []
    simulate(replace(demo, say=heard.append), deployed(demo), adds=1, updates=0, deletes=5000, rekeys=0, seed=1)
    assert heard == [
        f"1 add, 0 updates, 995 deletes, 0 rekeys, 5 cash lines in {TABLE}",
        f"995 deletes instead of 5,000: {TABLE} has no more rows for it.",
    ]


@pytest.mark.usefixtures("loaded")
def test_a_run_says_what_was_pending_and_what_the_task_returned(demo: Demo) -> None:
    cash = rebalance(demo, adds=3, deletes=2)["cash_lines"]
    heard: list[str] = []
    run(replace(demo, say=heard.append))
    rows = 3 + 2 + 2 * cash
    assert heard == [
        f'{ICEBERG.task}: SUCCEEDED ({rows} rows were pending) {{"adds": 3, "updates": {cash}, "deletes": 2}}',
        f"{AUDIT.task}: SUCCEEDED ({rows} rows were pending)",
    ]


@pytest.mark.usefixtures("loaded")
def test_a_run_whose_return_value_is_refused_keeps_its_rows_and_says_that_its_counts_are_unknown(demo: Demo) -> None:
    [task] = demo.ask(f"SHOW TASKS LIKE '{ICEBERG.task}' IN SCHEMA DATA_ENG_DEMO.FACTSET")
    refused = task["definition"].replace("SET_RETURN_VALUE", "NO_SUCH_FUNCTION")
    demo.ask(f"ALTER TASK DATA_ENG_DEMO.FACTSET.{ICEBERG.task} MODIFY AS {refused}")
    rebalance(demo, adds=3)
    heard: list[str] = []
    run(replace(demo, say=heard.append))
    assert heard[0].endswith(" rows were pending) counts unknown: the run has no return value")
    assert not heard[1].endswith("no return value")
    assert [line for line in as_lines(status(demo)) if "counts unknown: the run has no return value" in line] != []
    assert broken_proofs(demo) == []


@pytest.mark.usefixtures("loaded")
def test_an_audit_file_has_real_names_and_both_images_of_an_update(demo: Demo) -> None:
    demo.ask(f"UPDATE {TABLE} SET SHARES = SHARES + 1 WHERE SECTOR = 'Cash'")
    run(demo)
    rows = demo.ask(
        "SELECT $1:OP_TYPE::VARCHAR AS OP_TYPE, $1:ROW_IMAGE::VARCHAR AS ROW_IMAGE, COUNT(*) AS ROW_COUNT,"
        " COUNT(DISTINCT $1:SOURCE_ROW_ID::VARCHAR) AS SOURCE_ROWS, COUNT(DISTINCT $1:BATCH_ID::VARCHAR) AS BATCHES"
        " FROM @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE/constituents/"
        " (FILE_FORMAT => 'DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT') GROUP BY OP_TYPE, ROW_IMAGE ORDER BY OP_TYPE, ROW_IMAGE"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("ADD", "AFTER", 1000, 1000, 1),
        ("UPDATE", "AFTER", 5, 5, 1),
        ("UPDATE", "BEFORE", 5, 5, 1),
    ]


def test_the_batch_of_an_audit_file_is_a_query_of_the_task(demo: Demo) -> None:
    deploy(demo)
    run(demo)
    [batch] = demo.ask(
        "SELECT DISTINCT $1:BATCH_ID::VARCHAR AS BATCH_ID FROM @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE/constituents/"
        " (FILE_FORMAT => 'DATA_ENG_DEMO.FACTSET.AUDIT_FORMAT')"
    )
    [query] = demo.ask(
        "SELECT QUERY_TEXT, QUERY_TAG FROM TABLE(DATA_ENG_DEMO.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 1000))"
        f" WHERE QUERY_ID = '{batch['BATCH_ID']}'"
    )
    assert query["QUERY_TEXT"].startswith("SELECT SYSTEM$STREAM_HAS_DATA(")
    assert query["QUERY_TAG"] == CONFIG.query_tag


def test_the_tasks_of_every_source_carry_the_query_tag(demo: Demo) -> None:
    """The history tells their queries by it, as it does those of every command."""
    make_provider(demo, tracked=False)
    odd = replace(demo, config=replace(CONFIG, query_tag="it's ours"))
    deploy(odd)
    tasks = demo.ask("SHOW TASKS IN SCHEMA DATA_ENG_DEMO.FACTSET")
    run(odd)
    tagged = demo.ask(
        "SELECT DISTINCT QUERY_TEXT FROM TABLE(DATA_ENG_DEMO.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 1000))"
        " WHERE QUERY_TAG = 'it''s ours'"
    )
    assert {task["definition"] for task in tasks} <= {row["QUERY_TEXT"] for row in tagged}


@pytest.mark.usefixtures("loaded")
def test_files_stand_in_folders_of_date_and_hour_and_none_is_overwritten(demo: Demo) -> None:
    before = {row["name"]: row["md5"] for row in demo.ask("LIST @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE")}
    rebalance(demo, updates=3)
    run(demo)
    after = {row["name"]: row["md5"] for row in demo.ask("LIST @DATA_ENG_DEMO.FACTSET.FACTSET_ETF_STAGE")}
    assert len(before) == 1
    assert len(after) == 2
    assert before.items() <= after.items()
    folders = {name.rpartition("/")[0] for name in after}
    stamped = demo.ask("SELECT TO_VARCHAR(SYSDATE(), 'YYYY-MM-DD') AS D, TO_VARCHAR(SYSDATE(), 'HH24') AS H")[0]
    assert f"factset_etf_stage/constituents/date={stamped['D']}/hour={stamped['H']}" in folders
