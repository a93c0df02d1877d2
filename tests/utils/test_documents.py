"""What a command says as JSON is JSON all the way down."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from src.demo_kit.tasks import TaskRun
from src.utils.documents import json_document, structure_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.50"), 1.5),
        (Decimal("0.00"), 0),
        (Decimal(10**30), 10**30),
        (Decimal("0.12345678901234567891"), "0.12345678901234567891"),
        (Decimal("NaN"), "NaN"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        (Path("a"), "a"),
        (bytearray(b"\x00\xff"), "00FF"),
        ("\udcff", "\udcff"),
        (("a", "b"), ["a", "b"]),
    ],
)
def test_a_number_is_a_number_and_what_json_has_no_type_for_a_text(value: object, expected: object) -> None:
    assert json.loads(json_document(value)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"adds": 3}', {"adds": 3}),
        ("[1, null]", [1, None]),
        ("3 rows", "3 rows"),
        ("5", "5"),
        ("", ""),
        ("{adds}", "{adds}"),
        ('{"a": NaN}', '{"a": NaN}'),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_text_that_is_a_json_object_or_list_becomes_one(text: str, expected: object) -> None:
    assert structure_of(text) == expected


@pytest.mark.parametrize("returned", ['{"adds": 3, "updates": 5}', "5 rows", ""])
def test_what_a_task_returned_is_shown_as_it_was_and_is_no_text_in_a_document(returned: str) -> None:
    row = dict.fromkeys(("COMPLETED_TIME", "QUERY_ID", "ERROR_MESSAGE", "SCHEDULED_FROM"))
    run = TaskRun.of({**row, "NAME": "T", "STATE": "SUCCEEDED", "RETURN_VALUE": returned})
    assert run.counts([]) == returned
    assert run.returned == structure_of(returned)
