"""Who may talk to the served emulator: a client of the user whose state it is; no web page, and nobody else."""

import gc
import gzip
import http.client
import json
import resource
import socket
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import DatabaseError, Error

from src.emulator.engine import Engine
from src.emulator.protocol import server
from src.emulator.protocol.listening import listening
from src.emulator.protocol.serving import Address, emulator
from tests.emulator.conftest import QUIET, run_on

LOGIN = "/session/v1/login-request"
QUERY = "/queries/v1/query-request"


def send(
    address: Address, path: str, body: bytes | None = None, method: str = "POST", **headers: str
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def login(**changes: Any) -> bytes:
    return json.dumps({"data": {"ACCOUNT_NAME": "emulator", "LOGIN_NAME": "PRESENTER"} | changes}).encode()


def token(address: Address) -> str:
    _, answer = send(address, LOGIN, login(PASSWORD=address.token))
    return str(json.loads(answer)["data"]["token"])


@pytest.mark.parametrize("password", [None, "", "emulator", "x" * 43, "é", ["x"], 1])
def test_without_the_states_token_nobody_signs_in(module_address: Address, password: object) -> None:
    status, answer = send(module_address, LOGIN, login(PASSWORD=password))
    found = json.loads(answer)
    assert (status, found["success"], found["code"]) == (200, False, "390100")


def test_a_client_with_another_password_is_told_so_at_once(module_address: Address) -> None:
    with pytest.raises(Error, match="Incorrect username or password"):
        snowflake.connector.connect(**(module_address.parameters | QUIET | {"password": "emulator"}))


def test_the_token_is_kept_where_only_the_user_reads_it_and_stays_the_same(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as first, snowflake.connector.connect(**first.parameters) as connection:
        run_on(connection, "CREATE DATABASE D")
    with emulator(tmp_path / "state") as second:
        with emulator(tmp_path / "state") as beside:
            assert (second.own, beside.own) == (True, False)
            assert first.token == second.token == beside.token
        assert first.token not in repr(first)
        modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "state").rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_state_of_before_gets_a_token_and_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with emulator(folder):
        pass
    (folder / "token").unlink()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with emulator(folder) as address:
        assert len(address.token) > 30
    assert {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))} == {0}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example"},
        {"Host": "attacker.example:8765"},
        {"Host": "127.0.0.1.attacker.example"},
        {"Host": "localhost@attacker.example"},
        {"Host": "["},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.attacker.example"},
    ],
)
@pytest.mark.parametrize("path", [LOGIN, QUERY, "/emulator/traffic", "/nowhere"])
def test_a_web_page_is_refused(module_address: Address, path: str, headers: dict[str, str]) -> None:
    assert send(module_address, path, login(PASSWORD=module_address.token), **headers)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:8765"])
def test_each_name_of_loopback_is_taken(module_address: Address, host: str) -> None:
    body = login(PASSWORD=module_address.token)
    status, answer = send(module_address, LOGIN, body, Host=host, Origin=f"http://{host}")
    assert (status, json.loads(answer)["success"]) == (200, True)


@pytest.mark.parametrize("words", ["", "Bearer ", "Bearer \xe9", 'Snowflake Token="x"'])
def test_what_clients_have_sent_is_told_to_no_one_without_a_token(module_address: Address, words: str) -> None:
    status, _ = send(module_address, "/emulator/traffic", method="GET", Authorization=words)
    _, depth = send(module_address, "/emulator/depth/1", method="GET", Authorization=words)
    assert (status, json.loads(depth)["code"]) == (403, "390104")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_rest_api_is_refused_by_name(module_address: Address, method: str) -> None:
    """Snowflake CLI takes an address that is not there for a database that is not."""
    status, answer = send(module_address, "/api/v2/databases/DEMO/schemas", b"{}", method)
    told = f"Unsupported feature: the REST API ({method} /api/v2/databases/DEMO/schemas) is not emulated."
    assert (status, json.loads(answer)["message"].startswith(told)) == (422, True)


@pytest.mark.parametrize("account", ["EMULATOR", "FACTSET", "NOBODY", "..", "x%2Fy"])
@pytest.mark.parametrize("name", ["stages/A/B/C/d", "account.duckdb", "token", "../../../etc/passwd"])
def test_a_file_without_a_signature_is_refused_and_nothing_is_made(
    module_address: Address, account: str, name: str
) -> None:
    before = sorted(module_address.folder.rglob("*"))
    for method, action in (("GET", "get"), ("PUT", "add"), ("PUT", "replace")):
        for signature in ("0" * 64, "é", "x"):
            path = f"/emulator/files/{account}/{action}/{signature.encode().hex()}/{name}"
            assert send(module_address, path, b"x", method)[0] in (403, 404)
    assert sorted(module_address.folder.rglob("*")) == before


MALFORMED = [
    b"",
    b"{",
    b"[]",
    b"1",
    b'"text"',
    b"\xff\xfe",
    b"null",
    b"{}",
    b'{"data": 1}',
    b'{"data": {}}',
    b'{"data": {"ACCOUNT_NAME": 1}}',
    b'{"data": {"ACCOUNT_NAME": "emulator", "SESSION_PARAMETERS": []}}',
    b"[" * 100_000,
    b'{"sqlText": 1}',
    b'{"sqlText": "SELECT 1", "bindings": []}',
    b'{"sqlText": "SELECT ?", "bindings": {"1": "x"}}',
    b'{"sqlText": "SELECT ?", "bindings": {"1": {"type": "TEXT"}}}',
    b'{"sqlText": "\\ud800"}',
    b'{"sqlText": "SELECT ?", "bindings": {"1": {"type": "TEXT", "value": "\\uDFFF"}}}',
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_body_is_the_clients_mistake(module_address: Address, body: bytes) -> None:
    authorization = f'Snowflake Token="{token(module_address)}"'
    answers = [
        send(module_address, QUERY, body, Authorization=authorization),
        send(module_address, QUERY, body, Authorization=authorization, Content_Encoding="gzip"),
    ]
    if b"sqlText" not in body and body != b'{"data": {"ACCOUNT_NAME": "emulator", "SESSION_PARAMETERS": []}}':
        answers.append(send(module_address, LOGIN, body))
    for status, answer in answers:
        assert status == 400
        assert len(answer) < 200


def test_a_packed_body_is_unpacked_up_to_a_limit(module_address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    authorization = f'Snowflake Token="{token(module_address)}"'
    monkeypatch.setattr(server, "MOST_BYTES", 100_000)
    for size, expected in ((1_000, 200), (200_000, 413)):
        body = gzip.compress(json.dumps({"sqlText": f"SELECT 1 --{' ' * size}"}).encode())
        sent = send(module_address, QUERY, body, Authorization=authorization, Content_Encoding="gzip")
        assert sent[0] == expected
    assert send(module_address, QUERY, b"x" * 200_000, Authorization=authorization)[0] == 413


# Files that cannot be taken


@pytest.fixture
def stage(module_account: SnowflakeConnection) -> SnowflakeConnection:
    run_on(module_account, "CREATE OR REPLACE STAGE S")
    return module_account


@pytest.mark.parametrize(
    ("name", "location", "pattern"),
    [
        ("it's.csv", "@S", None),
        ("it's.csv", "@S", "it*.csv"),
        ("a\nb.csv", "@S", None),
        ("a\nb.csv", "@S", "a*b.csv"),
        (f"{'x' * 250}.csv", "@S", None),
        (f"{'x' * 250}.csv", "@S", "*.csv"),
        ("a.csv", f"@S/{'y' * 300}", None),
        ("a.csv", f"@S/{'é' * 200}", None),
        ("a.csv", "'@S/a\nb'", None),
    ],
)
def test_a_put_that_cannot_be_is_an_error_at_once(
    stage: SnowflakeConnection, tmp_path: Path, name: str, location: str, pattern: str | None
) -> None:
    (tmp_path / name).write_text("1\n")
    source = str(tmp_path / (pattern or name)).replace("'", "\\'")
    began = time.monotonic()
    with pytest.raises(DatabaseError):
        run_on(stage, f"PUT 'file://{source}' {location}")
    assert time.monotonic() - began < 3
    assert run_on(stage, "LIST @S") == []


def test_a_put_on_a_full_disk_is_an_error_at_once(stage: SnowflakeConnection, tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_text("1\n" * 1_000_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        began = time.monotonic()
        with pytest.raises(DatabaseError, match="507"):
            run_on(stage, f"PUT file://{tmp_path}/large.csv @S AUTO_COMPRESS = FALSE")
        assert time.monotonic() - began < 3
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert run_on(stage, "LIST @S") == []


def test_a_connection_with_half_a_request_is_closed_when_the_server_ends(tmp_path: Path) -> None:
    with emulator(tmp_path / "state") as address:
        half = socket.create_connection(("127.0.0.1", address.port))
        half.sendall(b"POST /session/v1/login-request HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
        time.sleep(0.1)
    with half, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        gc.collect()
        half.settimeout(5)
        assert half.recv(1) == b""
    assert [warning for warning in warned if issubclass(warning.category, ResourceWarning)] == []


def test_a_connection_that_comes_as_the_server_ends_is_closed(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "state")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for _ in range(10):
            with ExitStack() as clients, ThreadPoolExecutor() as beside:
                with listening(server.Server(engine, "token"), 0) as port:
                    connecting = beside.submit(connect_until_refused, port, clients)
                    time.sleep(0.02)
                connecting.result()
        gc.collect()
    engine.close()
    assert [warning for warning in warned if issubclass(warning.category, ResourceWarning)] == []


def connect_until_refused(port: int, clients: ExitStack) -> None:
    with suppress(OSError):
        while True:
            clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            time.sleep(0.0003)
