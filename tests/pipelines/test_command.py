"""python -m src.pipelines load, curate, check and summarise, run as a person runs them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from snowflake.snowpark import Session

from config import CONFIG
from src.pipelines.command_line import pipelines as main
from src.pipelines.left_out import reasons
from src.utils.queries import rows

RAW, CURATED = "DATA_ENG_DEMO.RAW_DATA", "DATA_ENG_DEMO.CURATED"
CHECKS = """
[[check]]
type = "NotNull"
column = "NAME"
[[check]]
type = "Unique"
columns = ["ID"]
"""


def run(*arguments: str | Path, command: str = "load") -> Result:
    words = [command, *map(str, arguments), "--connection_name", "local"]
    return CliRunner().invoke(main, words, obj=CONFIG)


@pytest.fixture
def file(session: Session, tmp_path: Path) -> Path:
    """A file whose table is not there yet."""
    for table in (f"{RAW}.PEOPLE", f"{CURATED}.PEOPLE", f"{CURATED}.PEOPLE_REJECTED"):
        rows(session, f"DROP TABLE IF EXISTS {table}")
    made = tmp_path / "people.csv"
    made.write_text("ID,NAME,SEEN\n1,ann,2026-01-01 00:00:00\n1,anna,2026-01-02 00:00:00\n,bob,\n2,,\n")
    return made


def test_a_file_is_loaded_curated_and_checked(file: Path, tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text(CHECKS)
    done = run(file, "--table", "people", "--key", "id", "--newest", "seen", "--check", tmp_path / "checks.toml")
    assert done.exit_code == 1, done.stderr
    assert done.stdout.splitlines() == [
        "staged    1 files, 0 were there",
        f"table     {RAW}.PEOPLE created",
        "loaded    4 rows of 1 files, 0 errors",
        "curated   2 of 4 rows, 1 duplicates, 1 rejected (see DATA_ENG_DEMO.CURATED.PEOPLE_REJECTED)",
        "          people.csv, line 4: ID is missing",
        "failed  NotNull NAME: 1 failures (50.00%)",
        '          {"ID": 2, "NAME": null}',
        "passed  Unique ID: 0 failures (0.00%)",
        "DATA_ENG_DEMO.CURATED.PEOPLE: 2 rows, 1 of 2 checks failed",
    ]


@pytest.mark.parametrize("command", ["load", "curate"])
def test_a_column_that_decides_between_rows_of_no_key_is_refused(file: Path, command: str) -> None:
    words = (file, "--table", "people") if command == "load" else ("people",)
    done = run(*words, "--newest", "seen", command=command)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "SEEN decides between rows of one key, and there is no key. Pass --key as well." in done.stderr


def test_it_is_told_that_the_newest_row_was_decided_by_texts(file: Path) -> None:
    told = "NAME is no timestamp: which row of a key is the newest was decided by the order of its texts"
    assert told in run(file, "--table", "people", "--key", "id", "--newest", "name").stdout
    assert "is no timestamp" not in run(file, "--table", "people", "--key", "id", "--newest", "seen").stdout


UNEQUAL = "does not match that of the header (3)"


def test_no_reason_is_told_where_the_account_tells_none(session: Session) -> None:
    assert reasons(session, "DATA_ENG_DEMO.RAW_DATA.NOT_LOADED") == {}


@pytest.mark.usefixtures("session")
def test_each_record_that_is_left_out_is_named_by_its_line_and_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "omitted.csv"
    load = (file, "--table", "omitted", "--on-error", "CONTINUE")
    file.write_text("ID,NAME,SEEN\n1,x\n2,y,\n3\n4\n\n5,z,\n6,z,,x\n7,z\n")
    first = "          csv_stage/OMITTED/omitted.csv, line 2: Number of columns in file (2) does not match"
    done = run(*load).stdout.splitlines()
    assert done[3].startswith(first)
    assert done[2:3] + done[4:9] == [
        "loaded    2 rows of 1 files, 5 errors",
        *(
            f"          omitted.csv, line {line}: Number of columns in file ({width}) {UNEQUAL}"
            for line, width in ((4, 1), (5, 1), (8, 4), (9, 2))
        ),
        "curated   2 of 2 rows, 0 duplicates, 0 rejected (see DATA_ENG_DEMO.CURATED.OMITTED_REJECTED)",
    ]
    file.write_text("ID,NAME,SEEN\n" + "1,x,\n" + "2,y\n" * 14 + "3,z,\n")
    again = run(*load).stdout.splitlines()
    assert again[4].endswith(f"line 3: Number of columns in file (2) {UNEQUAL}")
    assert again[5:15] == [
        *(f"          omitted.csv, line {line}: Number of columns in file (2) {UNEQUAL}" for line in range(4, 13)),
        "          ... and 4 more",
    ]


def test_a_file_with_a_fault_is_refused_with_the_commands_own_option(file: Path) -> None:
    file.write_text("ID,NAME,SEEN\n1,x\n")
    done = run(file, "--table", "people")
    assert "or leave such records out with --on-error CONTINUE" in done.stderr
    assert "info loading_data" not in done.stderr


def test_the_same_file_again_changes_nothing(file: Path) -> None:
    run(file, "--table", "PEOPLE", "--key", "ID")
    again = run(file, "--table", "PEOPLE", "--key", "ID", "--output", "json")
    document = json.loads(again.stdout)
    assert again.exit_code == 0
    assert document["loaded"] == []
    assert document["staged"][0]["skipped"] is True
    assert document["curated"]["kept"] == 2


def test_failures_within_the_threshold_pass(file: Path, tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text(CHECKS)
    done = run(file, "--table", "people", "--key", "id", "--check", tmp_path / "checks.toml", "--threshold", "0.5")
    assert done.exit_code == 0, done.stderr


def test_the_log_is_json_lines_beside_the_report(file: Path) -> None:
    done = run(file, "--table", "people", "--log-format", "json")
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [line["step"] for line in lines] == [
        f"own_files.{step}" for step in ("put", "create table", "load", "curate")
    ] + ["own_files"]
    assert len({line["run_id"] for line in lines}) == 1


def test_a_later_value_that_does_not_fit_is_kept_aside_with_its_place_until_the_types_are_decided_anew(
    session: Session, file: Path, tmp_path: Path
) -> None:
    run(file, "--table", "people", "--key", "id")
    later = tmp_path / "later.csv"
    later.write_text('ID,NAME,SEEN\n7,"two\nlines",2026-01-01\nx,bob,2026-01-01\n')
    done = run(later, "--table", "people", "--key", "id")
    assert done.exit_code == 0, done.stderr
    assert "later.csv, line 4: ID is no NUMBER(38,0): x" in done.stdout
    [rejected] = rows(session, f"SELECT * FROM {CURATED}.PEOPLE_REJECTED WHERE ID = 'x'")
    assert (rejected["_FILE"], rejected["_ROW"], rejected["_REASON"]) == (
        "PEOPLE/later.csv",
        2,
        "ID is no NUMBER(38,0): x",
    )
    again = run(later, "--table", "people", "--key", "id", "--retype")
    assert "ID stays text: later.csv, line 4 has 'x', which is of another form than the others" in again.stdout
    assert {row["ID"] for row in rows(session, f"SELECT ID FROM {CURATED}.PEOPLE")} == {"1", "2", "7", "x"}


TEXTS = [(" ", "  "), (" 1 ", " ann "), (" 2", "bob")]
TRIMMED = [(1, "ann"), (2, "bob"), (None, None)]


@pytest.mark.parametrize(("options", "values"), [((), TEXTS), (("--trim",), TRIMMED)])
@pytest.mark.parametrize("command", ["load", "curate"])
def test_the_space_around_texts_is_taken_away_only_where_that_is_asked_for(
    session: Session, file: Path, options: tuple[str, ...], command: str, values: list[tuple[object, ...]]
) -> None:
    file.write_text('ID,NAME\n" 1 "," ann "\n" 2",bob\n" ","  "\n')
    done = run(file, "--table", "people", *(options if command == "load" else ()))
    if command == "curate":
        done = run("people", "--retype", *options, command="curate")
    assert done.exit_code == 0, done.stderr
    curated = rows(session, f"SELECT ID, NAME FROM {CURATED}.PEOPLE")
    assert sorted([tuple(row.values()) for row in curated], key=str) == values
    raw = rows(session, f"SELECT ID, NAME FROM {RAW}.PEOPLE ORDER BY _ROW")
    assert [tuple(row.values()) for row in raw] == [(" 1 ", " ann "), (" 2", "bob"), (" ", "  ")]


def test_a_table_that_does_not_keep_rows_as_they_arrived_is_refused_untouched(session: Session, file: Path) -> None:
    rows(session, f"CREATE TABLE {RAW}.PEOPLE (ID NUMBER(1,0), NAME VARCHAR, SEEN TIMESTAMP_NTZ)")
    done = run(file, "--table", "people")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{RAW}.PEOPLE has no columns _FILE, _ROW, _LOADED_AT: it was not made by this version" in done.stderr
    assert f"Nothing was changed. Pass another --table, or rename it: ALTER TABLE {RAW}.PEOPLE RENAME TO" in done.stderr
    assert rows(session, f"SELECT * FROM {RAW}.PEOPLE") == []


def test_a_load_that_keeps_none_of_its_rows_fails(file: Path) -> None:
    file.write_text("ID,NAME,SEEN\n,ann,\n,bob,\n")
    done = run(file, "--table", "people", "--key", "id")
    assert done.exit_code == 1
    assert "curated   0 of 2 rows, 0 duplicates, 2 rejected" in done.stdout


def test_new_columns_are_added_only_where_they_are_asked_for(session: Session, file: Path, tmp_path: Path) -> None:
    run(file, "--table", "people")
    later = tmp_path / "later.csv"
    later.write_text("ID,ZIP\n7,01234\n")
    refused = run(later, "--table", "people")
    assert refused.exit_code == 2
    assert f"{RAW}.PEOPLE has no column ZIP. Pass --schema-evolution to add what is new" in refused.stderr
    assert run(later, "--table", "people", "--schema-evolution").exit_code == 0
    assert rows(session, f"SELECT ID, NAME, ZIP FROM {CURATED}.PEOPLE WHERE ID = 7") == [
        {"ID": 7, "NAME": None, "ZIP": "01234"}
    ]


@pytest.mark.parametrize(
    ("content", "exit_code", "message"),
    [
        (b"", 2, "No columns can be found in"),
        (b"ID|NAME\n1|x\n", 2, "odd.csv\", line 1: fields are separated by '|'. Save the file with commas"),
        *(
            (line + b"\nID,NAME\n1,x\n", 2, 'odd.csv", line 1: Excel\'s "sep=" is no header, which line 2 has.')
            for line in (b"sep=,", b'"sep=,"', b"SEP=;", b"sep=\t", b"\xef\xbb\xbfsep=|")
        ),
        (b"ID,NAME,id\n1,x,2\n", 2, 'odd.csv", line 1: the column ID is there twice. Rename one of the two.'),
        (b"ID,,NAME\n1,x,2\n", 2, 'odd.csv", line 1: column 2 has no name. Give it one.'),
        (b"ID,_file\n1,x\n", 2, 'odd.csv", line 1: the load itself writes a column _FILE. Rename the one of the file.'),
        (b"ID,\xff\n1,x\n", 2, 'odd.csv", line 1 is no UTF-8 text. Save the file as UTF-8.'),
        (b"ID,NAME\n1,\xff\n", 1, "Invalid UTF8 detected in string File 'ODD/odd.csv', line 2"),
        (b"ID,NAME\n1,x\n2\n", 1, "Number of columns in file (1) does not match that of the header (2)"),
        (b'ID,NAME\n1,"x\n2,y\n', 1, "a quote is not closed"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused_and_leaves_no_table(
    session: Session, tmp_path: Path, content: bytes, exit_code: int, message: str
) -> None:
    file = tmp_path / "odd.csv"
    file.write_bytes(content)
    done = run(file, "--table", "odd")
    assert (done.exit_code, done.stdout) == (exit_code, "")
    assert message in done.stderr
    assert rows(session, f"SHOW TABLES LIKE 'ODD%' IN SCHEMA {RAW}") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.csv", "--table", "t"), '"none.csv" is no file. Pass files that can be read.'),
        (("a.xlsx", "--table", "t"), '"a.xlsx" ends in .xlsx. Pass files that end in .csv, '),
        (("a.csv", "b.json", "--table", "t"), "The files are of different kinds."),
        (("a.csv", "--table", "drop table x"), '"DROP TABLE X" is no name for a table.'),
        (("a.csv", "--table", "t", "--check", "none.toml"), '"none.toml" cannot be read'),
        (("a.csv",), "Missing option '--table'"),
    ],
)
def test_wrong_input_is_refused_with_what_to_do(session: Session, arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.fixture
def loaded(file: Path) -> None:
    """The file is loaded and curated without a key."""
    assert run(file, "--table", "PEOPLE").exit_code == 0


@pytest.mark.usefixtures("loaded")
def test_what_is_loaded_is_curated_again_by_another_key() -> None:
    done = run("people", "--key", "id", "--newest", "seen", command="curate")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("curated   2 of 4 rows, 1 duplicates, 1 rejected")
    again = json.loads(run("people", "--key", "id", "--newest", "seen", "--json", command="curate").stdout)
    assert (again["target"], again["kept"]) == (f"{CURATED}.PEOPLE", 2)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(("threshold", "exit_code"), [("0", 1), ("0.5", 0)])
def test_a_table_is_checked_by_itself(threshold: str, exit_code: int, tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text(CHECKS)
    words = ("people", "--check", tmp_path / "checks.toml", "--key", "id", "--threshold", threshold)
    done = run(*words, "--json", command="check")
    assert done.exit_code == exit_code, done.stderr
    assert [one["failures"] for one in json.loads(done.stdout)["checks"]] == [1, 1]
    assert f"{CURATED}.PEOPLE: 4 rows" in run(*words, command="check").stdout


@pytest.mark.usefixtures("loaded")
def test_a_table_is_summed_up_and_kept() -> None:
    words = ("people", "--by", "name", "--measure", "ROWS_OF=count(NAME)", "--measure", "LAST=max(SEEN)")
    shown = json.loads(run(*words, "--json", command="summarise").stdout)
    assert [(row["NAME"], row["ROWS_OF"]) for row in shown] == [(None, 0), ("ann", 1), ("anna", 1), ("bob", 1)]
    kept = run(*words, "--into", "names", command="summarise")
    assert kept.stdout == "DATA_ENG_DEMO.ANALYTICS.NAMES: 4 inserted, 0 updated, 0 deleted\n"


@pytest.mark.parametrize(
    ("command", "words", "exit_code", "message"),
    [
        ("curate", ("NOPE",), 2, "DATA_ENG_DEMO.RAW_DATA.NOPE is not there."),
        ("curate", ("CURATED.PEOPLE",), 2, '"CURATED.PEOPLE" names a schema. Pass the name alone'),
        ("curate", ("a b",), 2, '"a b" is no table. Pass TABLE or SCHEMA.TABLE'),
        ("summarise", ("A.B.C", "--by", "x", "--measure", "a=sum(b)"), 2, '"A.B.C" is no table.'),
        (
            "summarise",
            ("T", "--by", "x", "--measure", "sum(b)"),
            2,
            "'sum(b)' is no measure. Pass NAME=FUNCTION(COLUMN)",
        ),
        ("summarise", ("T", "--by", "x", "--measure", "a=median(b)"), 2, "'a=median(b)' is no measure."),
        ("summarise", ("NOPE", "--by", "x", "--measure", "a=sum(b)"), 1, "NOPE"),
        ("check", ("T", "--check", "nope.toml"), 2, '"nope.toml" cannot be read'),
    ],
)
def test_what_is_wrong_is_said(
    command: str, words: tuple[str, ...], exit_code: int, message: str, session: Session
) -> None:
    done = run(*words, command=command)
    assert done.exit_code == exit_code, done.output
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
