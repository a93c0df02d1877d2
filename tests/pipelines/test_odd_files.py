"""Files that are odd in content, names or form: each value comes back, or its place is told."""

import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from snowflake.snowpark import Session

from config import CONFIG
from src.pipelines import own_files
from src.pipelines.columns import SourceColumn
from src.pipelines.curation import Curation
from src.pipelines.landing import KINDS, prepare_table
from src.pipelines.own_files import Outcome, OwnFiles, load_own_files
from src.utils.errors import DemoError, InputError
from src.utils.queries import Row, rows

CURATED = "DATA_ENG_DEMO.CURATED"


def load(session: Session, file: Path, content: str | bytes, table: str, **options: Any) -> tuple[Outcome, list[Row]]:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    outcome = load_own_files(session, CONFIG, OwnFiles((file,), table, **options))
    return outcome, rows(session, f"SELECT * FROM {CURATED}.{table} ORDER BY 1")


SPACED = [" ", "1 ", "\t1", "a\nb", "a\r\nb", "a\rb", "2024-01-05  10:00", "\u00a0", "1\u00a0", "\u2028", "\ufeffx"]
OTHERS = ["", "x" * 300_000, "a\x01b", "a\x00b", "\uff11\uff12", "\u0663", "e\u0301", "😀", "''", '"', '"x"']
STAYS = (
    *SPACED,
    *OTHERS,
    *"2024-02-30 0000-01-01 10000-01-01 2024/01/05 05.01.2024 2024-01 2024-01-05T10:00:00Z 1-1 1:2".split(),
    *"24:00:00 23:59:60 10:00+02:00 10:00Z 10:00:00.1234567 .5 5. -.5 -0 -0.0 +1 1,234 1_000 00 0x10 1/2 $5".split(),
    *r"NaN inf -Infinity yes on t NULL null \N \ \n 1e400 1e-400 --1 E5 e - + . 1..2 =1+1 {} [1] 5%".split(),
    "1" * 39,
)
READ = {
    "0": 0,
    "20240105": 20240105,
    "1.10": Decimal("1.10"),
    "9" * 38: 10**38 - 1,
    "1e5": 100000.0,
    "1E-5": 0.00001,
    "TRUE": True,
    "False": False,
    "0001-01-01": date(1, 1, 1),
    "9999-12-31": date(9999, 12, 31),
    "2024-1-5": date(2024, 1, 5),
    "2024-01-05 10:00": datetime(2024, 1, 5, 10),
}


def test_every_odd_value_of_a_csv_file_comes_back_as_it_is_written_or_as_what_it_stands_for(
    session: Session, tmp_path: Path
) -> None:
    written = {f"C{number}": value for number, value in enumerate([*STAYS, *READ])}
    fields = ['"{}"'.format(value.replace('"', '""')) for value in written.values()]
    outcome, [found] = load(session, tmp_path / "t.csv", f"{','.join(written)}\n{','.join(fields)}\n", "ODD_VALUES")
    assert outcome.curated.rejected == 0
    expected = {name: READ.get(value, value) for name, value in written.items()}
    assert {name: (type(value), value) for name, value in found.items()} == {
        name: (type(value), value) for name, value in expected.items()
    }


NAMES = ["REASON", "SELECT", "FROM", "VALUE", "N", "_VALUE", "_TEXT", "_FORM", "_0", "DATA", "KEY", "T", "S"]
NAMES += [
    'A"B',
    "A,B",
    "X.Y",
    "A;--",
    "A\nB",
    "A B",
    "GRÖSSE",
    "日本",
    "IT'S",
    "''",
    "'",
    "A\tB",
    "A;B",
    "A\\B",
    "/*",
    "x" * 255,
    "😀",
]


@pytest.mark.parametrize("key", [(), ("SELECT",)])
def test_columns_have_any_names(session: Session, tmp_path: Path, key: tuple[str, ...]) -> None:
    header = ",".join('"{}"'.format(name.replace('"', '""')) for name in NAMES)
    records = [",".join([str(row)] * (len(NAMES) - 1) + ["x"]) for row in (1, 2)]
    table = "ODD_NAMES" + "_KEY" * len(key)
    outcome, found = load(session, tmp_path / "t.csv", "\n".join([header, *records, ""]), table, key=key)
    assert outcome.curated.rejected == 0
    assert found == [dict.fromkeys(map(str.upper, NAMES), row) | {"😀": "x"} for row in (1, 2)]
    longer = tmp_path / "longer.csv"
    outcome, found = load(session, longer, f"{header}\n{','.join(['2.5'] * len(NAMES))}\n", table, key=key)
    assert (outcome.curated.rejected, len(found), len(outcome.curated.changed)) == (0, 3, len(NAMES) - 1)


def test_a_later_file_of_larger_and_finer_numbers_loads_exactly(session: Session, tmp_path: Path) -> None:
    header = "ORDER_ID,CUSTOMER,AMOUNT,UPDATED_AT\n"
    first = header + "1,Ann,10.50,2026-01-01 10:00:00\n2,Bob,7.25,2026-01-01 11:00:00\n"
    load(session, tmp_path / "orders.csv", first, "ODD_ORDERS", key=("ORDER_ID",), newest="UPDATED_AT")
    later = header + "12,Cyd,1.005,2026-01-03 10:00:00\n12345678901234567890123,Dee,1,2026-01-03 10:00:00\n"
    options = {"key": ("ORDER_ID",), "newest": "UPDATED_AT"}
    outcome, found = load(session, tmp_path / "later.csv", later, "ODD_ORDERS", **options)
    assert (outcome.curated.rejected, outcome.curated.changed) == (0, ("AMOUNT",))
    assert [(row["ORDER_ID"], row["AMOUNT"]) for row in found] == [
        (1, Decimal("10.500")),
        (2, Decimal("7.250")),
        (12, Decimal("1.005")),
        (12345678901234567890123, Decimal("1.000")),
    ]


def test_a_column_may_be_called_as_another_with_an_ending(session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "t.csv", "A,A_COMING\n1.5,2\n", "ODD_COMING")
    outcome, found = load(session, tmp_path / "u.csv", "A,A_COMING\n1.005,5\n", "ODD_COMING")
    assert (outcome.curated.rejected, outcome.curated.changed) == (0, ("A",))
    found = rows(session, f"SELECT A, A_COMING FROM {CURATED}.ODD_COMING ORDER BY A_COMING")
    assert found == [{"A": Decimal("1.500"), "A_COMING": 2}, {"A": Decimal("1.005"), "A_COMING": 5}]


def test_numbers_of_38_digits_come_with_types_that_are_decided_anew(session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "t.csv", "A,B\n1,x\n", "ODD_ANEW")
    load(session, tmp_path / "u.csv", f"A,B\n2,{'7' * 38}\n", "ODD_ANEW")
    rows(session, "DELETE FROM DATA_ENG_DEMO.RAW_DATA.ODD_ANEW WHERE B = 'x'")
    outcome, found = load(session, tmp_path / "u.csv", f"A,B\n2,{'7' * 38}\n", "ODD_ANEW", retype=True)
    assert outcome.curated.changed == ("B",)
    assert found == [{"A": 2, "B": int("7" * 38)}]


def test_a_key_first_seen_late_and_odd_keys_become_columns(session: Session, tmp_path: Path) -> None:
    late = (
        "".join(f'{{"n":{number}}}\n' for number in range(30_000)) + '{"n":30000,"late":"x","":1,"a\\"b":2,"n.m":3}\n'
    )
    outcome, found = load(session, tmp_path / "t.json", late, "ODD_LATE")
    assert (outcome.curated.read, outcome.curated.rejected) == (30_001, 0)
    last = {row["N"]: row for row in found}[30_000]
    assert (last["LATE"], last["_"], last['A"B'], last["N.M"]) == ("x", 1, 2, 3)


def test_a_record_with_a_key_in_two_spellings_is_kept_aside(session: Session, tmp_path: Path) -> None:
    outcome, found = load(session, tmp_path / "t.json", '{"a":1,"A":2}\n{"a":3}\n{"A":4}\n', "ODD_CASE")
    assert found == [{"A": 3}, {"A": 4}]
    [rejection] = outcome.curated.rejections
    assert (rejection.row, rejection.reason) == (1, "A stands under several spellings")
    [kept] = rows(session, f"SELECT DATA FROM {CURATED}.ODD_CASE_REJECTED")
    assert json.loads(kept["DATA"]) == {"a": 1, "A": 2}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", '{"a":1}\n2\n3\n', "line 2"),
        ("t.json", '{"a":1}\n{"a":"\\ud800"}\n', "line 2"),
        ("t.json", '{"a":1}\n{"a":1,"a":2}\n', "line 2"),
        ("t.json", '{"a":1}\n{"a":', "line 2"),
        ("t.json", '{"a":0.1234567890123456789}\n', "0.1234567890123456789"),
        ("t.json", '{"a":1}\n{"a":[{"b":1e-400}]}\n', "1e-400 (file 'json_stage/ODD_REFUSED/t.json', line 2)"),
        ("t.json", '{"a":1}\n{"a":1,}\n', "not to the letter (file 'json_stage/ODD_REFUSED/t.json', line 2)"),
        ("t.json", '{"a":1}\n{"a":[1,\n]}\n', "line 3"),
        ("t.json", '{"a":1}\n{"a":-inf}\n', "line 2"),
        ("t.json", '[{"a":1},', "unterminated array, line 1"),
        ("t.json", '[{"a":1},\n{"a":2},]', "Expecting value, line 2"),
        ("t.json", '[{"a":1}]\n[{"a":2}]', "text after the array, line 2"),
        ("t.json", "[1,2]\n[3,4]\n", "text after the array, line 2"),
        ("t.json", '{"a":1}\n{"a":"\u00e9"}\n'.encode("latin-1"), "Invalid UTF8 detected in string"),
        ("t.json", '{"a":1}\n'.encode("utf-16"), "Invalid UTF8 detected in string"),
        ("t.json", '{"a":1}\n'.encode("utf-16-le"), "Error parsing JSON"),
        ("t.json", b'{"a":1}\n{"a":"x\x00y"}\n', "line 2"),
        ("t.json", '{"a\\u0000b":1}\n', "has a NUL, with which no column can be named."),
        ("t.csv", "stra\u00dfe,STRA\u00dfE\n1,2\n", "is there twice"),
        ("t.csv", b"ID,A\xff\n1,x\n", "line 1 is no UTF-8 text. Save the file as UTF-8."),
        ("t.csv", "ID,A\n1,x\n".encode("utf-16-le"), "line 1 is no UTF-8 text. Save the file as UTF-8."),
        ("t.csv", b"ID,A\n1,\xed\xa0\x80\n", "line 2"),
        ("t.csv", "\nID,A\n1,x\n", "line 1 is empty. Pass a file with a header."),
        ("t.csv", "ID,A\n1,x\n2,y,z\n", "line 3"),
        ("t.csv", 'ID,A\n1,"x"y\n2,z\n', "line 2"),
        ("t.csv", "ID,A\n1,x\ry\n", "line 2"),
        ("t.csv", 'ID,A\n1, "x"\n', "a space beside the quotes of a CSV field without TRIM_SPACE"),
        ("t.csv", 'ID,A\n1,x\n2,"x" \n', "line 3"),
        (
            "t.csv",
            "ID,A\n1,x\n2,y,\n",
            "an empty field after the last column (file 'csv_stage/ODD_REFUSED/t.csv', line 3)",
        ),
        ("t.csv", 'ID,A\r\n1,"x\ny",\r\n', "line 2"),
        ("t.csv", "A\n1\n2,", "line 3"),
        ("t.csv", 'ID,A\n1,"{}"{}\n'.format("x" * ((1 << 22) - 13), " " * 20), "a space beside the quotes"),
    ],
)
def test_a_file_that_cannot_be_kept_exactly_is_refused_by_its_line(
    session: Session, tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(DemoError) as caught:
        load(session, tmp_path / name, content, "ODD_REFUSED")
    assert message in str(caught.value)
    assert rows(session, "SHOW TABLES LIKE 'ODD_REFUSED%' IN DATABASE DATA_ENG_DEMO") == []


def test_rows_of_another_table_of_the_name_stay_and_the_load_is_refused(session: Session, tmp_path: Path) -> None:
    rows(session, f"CREATE TABLE {CURATED}.ODD_OTHERS (ID NUMBER(38, 0), Z VARCHAR)")
    rows(session, f"INSERT INTO {CURATED}.ODD_OTHERS VALUES (7, 'keep')")
    with pytest.raises(DemoError, match=r"ODD_OTHERS has rows, and DATA_ENG_DEMO\.RAW_DATA\.ODD_OTHERS is not there"):
        load(session, tmp_path / "t.csv", "ID,A\n1,x\n", "ODD_OTHERS")
    assert rows(session, f"SELECT * FROM {CURATED}.ODD_OTHERS") == [{"ID": 7, "Z": "keep"}]


def test_a_table_that_another_load_makes_meanwhile_is_not_its_own(session: Session) -> None:
    kind, name = KINDS[".csv"], "DATA_ENG_DEMO.RAW_DATA.ODD_MADE"
    columns = [SourceColumn("A", "VARCHAR"), SourceColumn("B", "VARCHAR")]
    assert prepare_table(session, name, kind, [], columns[:1], False)
    assert not prepare_table(session, name, kind, [], columns[:1], False)
    with pytest.raises(InputError, match="has no column B"):
        prepare_table(session, name, kind, [], columns, False)


@pytest.mark.parametrize("others", [0, 1])
def test_a_load_that_fails_takes_its_new_table_along_unless_another_has_loaded_into_it(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    def fail(session: Session, curation: Curation) -> None:
        for _ in range(others):
            rows(session, f"INSERT INTO {curation.source} SELECT * FROM {curation.source} LIMIT 1")
        raise DemoError("it fails")

    monkeypatch.setattr(own_files, "curate", fail)
    with pytest.raises(DemoError, match="it fails"):
        load(session, tmp_path / "t.csv", "A\n1\n2\n", "FAILING")
    left = rows(session, "SHOW TABLES LIKE 'FAILING' IN SCHEMA DATA_ENG_DEMO.RAW_DATA")
    assert [row["rows"] for row in left] == ([3] if others else [])
    rows(session, "DROP TABLE IF EXISTS DATA_ENG_DEMO.RAW_DATA.FAILING")


def test_a_file_whose_content_has_changed_is_loaded_beside_its_older_rows_and_that_is_told(
    session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "t.csv"
    first, _ = load(session, file, "ID,A\n1,x\n", "ODD_CHANGED")
    same, _ = load(session, file, "ID,A\n1,x\n", "ODD_CHANGED")
    grown, found = load(session, file, "ID,A\n1,x\n2,y\n", "ODD_CHANGED")
    assert [one.staged[0].replaced for one in (first, same, grown)] == [False, False, True]
    assert [one.loaded.rows_loaded for one in (first, same, grown)] == [1, 0, 2]
    assert (grown.curated.read, grown.curated.duplicates) == (3, 1)
    assert found == [{"ID": 1, "A": "x"}, {"ID": 2, "A": "y"}]


@pytest.mark.parametrize("on_error", ["CONTINUE", "SKIP_FILE"])
def test_a_load_that_could_read_no_row_fails(session: Session, tmp_path: Path, on_error: str) -> None:
    table = f"ODD_NONE_{on_error}"
    outcome, found = load(session, tmp_path / "t.csv", "ID,A\n1,x,z\n", table, on_error=on_error)
    assert (outcome.exit_code, outcome.loaded.errors, found) == (1, 1, [])


@pytest.mark.parametrize(
    ("table", "content", "found"),
    [
        ("ODD_ARRAY", '\ufeff[{"a":1},{"a":2}]', [{"A": 1}, {"A": 2}]),
        ("ODD_ARRAY_ON_LINES", '\ufeff[\r\n  {"a":1},\r\n  {"a":2}\r\n]\r\n', [{"A": 1}, {"A": 2}]),
        ("ODD_LINES", '\ufeff{"a":1}\n{"a":2}\n', [{"A": 1}, {"A": 2}]),
        ("ODD_NUMBERS", "1\n2\n3\n", [{"VALUE": 1}, {"VALUE": 2}, {"VALUE": 3}]),
        ("ODD_TEXTS", '"x"\n"y"\n', [{"VALUE": "x"}, {"VALUE": "y"}]),
    ],
)
def test_json_that_begins_with_a_mark_or_is_no_objects_is_loaded_whole(
    session: Session, tmp_path: Path, table: str, content: str, found: list[Row]
) -> None:
    outcome, kept = load(session, tmp_path / "t.json", content, table)
    assert (outcome.exit_code, outcome.curated.read, outcome.curated.rejected) == (0, len(found), 0)
    assert kept == found


def test_an_array_of_arrays_is_one_row_for_each_of_these(session: Session, tmp_path: Path) -> None:
    outcome, found = load(session, tmp_path / "t.json", "[[1,2],[3,4]]", "ODD_ARRAYS")
    assert (outcome.exit_code, outcome.curated.read, outcome.curated.rejected) == (0, 2, 0)
    assert [json.loads(row["VALUE"]) for row in found] == [[1, 2], [3, 4]]


LANDED = ["_FILE VARCHAR", "_ROW NUMBER", "_LOADED_AT TIMESTAMP_LTZ"]


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("t.csv", b"ID,PRICE,DAY\n1,1.5,2026-01-01\n", ["ID VARCHAR", "PRICE VARCHAR", "DAY VARCHAR"]),
        ("t.json", b'{"id":1,"price":1.5}\n', ["DATA VARIANT"]),
        ("t.parquet", None, ["ID NUMBER", "PRICE FLOAT", "DAY DATE", "NAME VARCHAR", "SEEN TIMESTAMP_NTZ"]),
    ],
)
def test_raw_columns_are_texts_of_csv_one_variant_of_json_and_parquets_own(
    session: Session, tmp_path: Path, name: str, content: bytes | None, columns: list[str]
) -> None:
    if content is None:
        written = pa.table(
            {"ID": [1], "PRICE": [1.5], "DAY": [date(2026, 1, 1)], "NAME": ["x"], "SEEN": [datetime(2026, 1, 1)]}
        )
        pq.write_table(written, tmp_path / name)
        content = (tmp_path / name).read_bytes()
    table = f"ODD_RAW_{name[2:].upper()}"
    load(session, tmp_path / name, content, table)
    described = rows(session, f"DESCRIBE TABLE DATA_ENG_DEMO.RAW_DATA.{table}")
    assert [f"{row['name']} {row['type'].partition('(')[0]}" for row in described] == columns + LANDED
    [raw] = rows(session, f"SELECT _FILE, _ROW, _LOADED_AT FROM DATA_ENG_DEMO.RAW_DATA.{table}")
    assert (raw["_FILE"], raw["_ROW"], raw["_LOADED_AT"] is None) == (f"{table}/{name}", 1, False)


def test_records_are_counted_with_those_that_cannot_be_read(session: Session, tmp_path: Path) -> None:
    content = b'ID,A\n1,"x\ny"\n2,y,z\n3,w\n\n4,"q"r\n5,v\n6\n7,\xff\n8,01\n'
    outcome, _ = load(session, tmp_path / "t.csv", content, "ODD_COUNTED", on_error="CONTINUE")
    assert (outcome.loaded.rows_loaded, outcome.loaded.errors) == (4, 4)
    found = rows(session, "SELECT ID, _ROW FROM DATA_ENG_DEMO.RAW_DATA.ODD_COUNTED ORDER BY ID")
    assert [(row["ID"], row["_ROW"]) for row in found] == [("1", 1), ("3", 3), ("5", 5), ("8", 8)]


def test_json_comes_back_as_it_is_written(session: Session, tmp_path: Path) -> None:
    deep = '{"a":' * 1_000 + "1" + "}" * 1_000
    values = [
        "1e400",
        "NaN",
        "-Infinity",
        '"\\ud83d\\ude00"',
        '"x\\u0000y"',
        '"2024-1-5"',
        '"10:00"',
        f'"{"1" * 40}"',
        deep,
    ]
    record = ",".join(f'"c{number}":{value}' for number, value in enumerate(values))
    _, [found] = load(session, tmp_path / "t.json", f"{{{record}}}\n", "ODD_JSON")
    expected = ["1e400", "NaN", "-Infinity", "\U0001f600", "x\0y", date(2024, 1, 5), time(10), "1" * 40, deep]
    assert [found[f"C{number}"] for number in range(len(values))] == expected


def test_names_that_upper_case_would_make_the_same_stay_two_columns(session: Session, tmp_path: Path) -> None:
    _, found = load(session, tmp_path / "t.csv", "stra\u00dfe,strasse\n1,2\n", "ODD_SHARP")
    assert found == [{"STRA\u00dfE": 1, "STRASSE": 2}]


def test_spaces_and_quotes_inside_quotes_stay(session: Session, tmp_path: Path) -> None:
    values = ['a, "b"', '" ,', ', ""', ' "', '" ', "x, ", 'a"" ,b', "\n "]
    fields = ['"{}"'.format(value.replace('"', '""')) for value in values]
    records = [f"{number},{field},\n" for number, field in enumerate(fields)]
    _, found = load(session, tmp_path / "t.csv", "ID,A,B\n" + "".join(records), "ODD_SPACES")
    assert [row["A"] for row in found] == values


def test_blank_lines_are_no_records_of_a_file_of_one_column(session: Session, tmp_path: Path) -> None:
    outcome, found = load(session, tmp_path / "t.csv", 'A\n\nx\n\n""\n\\N\n', "ODD_BLANK")
    assert (outcome.curated.read, outcome.loaded.rows_loaded) == (3, 3)
    assert found == [{"A": ""}, {"A": "\\N"}, {"A": "x"}]


def test_empty_last_fields_of_as_many_as_there_are_columns_are_null(session: Session, tmp_path: Path) -> None:
    _, found = load(session, tmp_path / "t.csv", 'ID,A\n1,\n2,"x,\n,"\n3,\n', "ODD_LAST")
    assert [row["A"] for row in found] == [None, "x,\n,", None]
