"""The log: what stands in a line, how steps nest, and that no secret gets into it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from src.utils.logging_utils import LOGGER, ErrorTracker, Format, TrackedError, logged, set_up_logging, step, timed

FORMATS: list[Format] = ["json", "text"]
SECRET_FIELDS = [
    "password",
    "passcode",
    "token",
    "private_key",
    "private_key_file_pwd",
    "private_key_passphrase",
    "oauth_client_secret",
    "proxy_password",
]


@pytest.fixture(autouse=True)
def _untouched_logger() -> Iterator[None]:
    yield
    LOGGER.handlers.clear()
    LOGGER.propagate = True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_run_step_object_query_and_duration() -> None:
    stream = io.StringIO()
    run_id = set_up_logging("json", stream)
    with logged(object="RAW_DATA.T", query_id="01-02"), step("load"):
        pass
    [line] = lines(stream)
    assert line.keys() == {
        *("time", "level", "message", "run_id", "step", "object", "query_id", "duration_seconds"),
    }
    assert (line["run_id"], line["step"], line["object"], line["query_id"]) == (run_id, "load", "RAW_DATA.T", "01-02")
    assert line["level"] == "INFO"
    assert line["duration_seconds"] >= 0


def test_each_run_has_an_id_of_its_own() -> None:
    assert set_up_logging("json", io.StringIO()) != set_up_logging("json", io.StringIO())


def test_timed_functions_nest() -> None:
    stream = io.StringIO()
    set_up_logging("json", stream)

    @timed("inner")
    def inner(number: int) -> int:
        return number + 1

    @timed("outer")
    def outer(number: int) -> int:
        return inner(number) * 2

    assert outer(1) == 4
    assert [line["step"] for line in lines(stream)] == ["outer.inner", "outer"]


def test_a_step_that_fails_says_so_and_passes_the_error_on() -> None:
    stream = io.StringIO()
    set_up_logging("json", stream)
    with pytest.raises(ValueError, match=r"^no such file$"), step("load"):
        raise ValueError("no such file")
    [line] = lines(stream)
    assert (line["level"], line["message"], line["step"]) == ("ERROR", "failed: no such file", "load")


def test_the_readable_format_names_step_and_object() -> None:
    stream = io.StringIO()
    set_up_logging("text", stream)
    with logged(object="T"), step("load"):
        LOGGER.info("two files")
    assert "two files [load, T]" in stream.getvalue()


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("field", SECRET_FIELDS)
def test_no_credential_field_of_a_connection_gets_into_the_log(field: str, format_: Format) -> None:
    stream = io.StringIO()
    set_up_logging(format_, stream)
    written = f'{field} = "hunter2 and more"'
    LOGGER.info("The connection has %s", written)
    LOGGER.warning("%s", {field: "hunter2"}, extra={"object": written})
    try:
        raise ValueError(written)
    except ValueError:
        LOGGER.exception("cannot connect")
    assert field in stream.getvalue()
    assert "hunter2" not in stream.getvalue()
    assert "and more" not in stream.getvalue()


def test_a_long_word_is_logged_at_once() -> None:
    stream = io.StringIO()
    set_up_logging("json", stream)
    LOGGER.info("x" * 1_000_000)
    assert len(stream.getvalue()) > 1_000_000


def test_a_record_without_a_run_can_be_logged() -> None:
    stream = io.StringIO()
    set_up_logging("json", stream, level=logging.DEBUG)
    LOGGER.debug("plain")
    assert lines(stream)[0]["message"] == "plain"


def test_errors_are_collected_without_secrets_and_summarised() -> None:
    set_up_logging("json", io.StringIO())
    tracker = ErrorTracker()
    for name in ("a.csv", "b.csv"):
        with tracker.tracking(name):
            raise ValueError("password = hunter2 is wrong")
    with tracker.tracking("c.csv"):
        pass
    assert tracker.errors[0] == TrackedError("a.csv", "password = *** is wrong")
    assert tracker.summary() == "2 x password = *** is wrong (a.csv, b.csv)"


def test_an_interruption_is_not_collected() -> None:
    tracker = ErrorTracker()
    with pytest.raises(KeyboardInterrupt), tracker.tracking("a.csv"):
        raise KeyboardInterrupt
    assert tracker.errors == []
