"""A proxy between a client and the account, which lets one request, or all from one on, go wrong."""

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

HOST = "127.0.0.1"


class Exchange(BaseHTTPRequestHandler):
    """One request of the client, and what becomes of it."""

    protocol_version = "HTTP/1.1"
    server: "Proxy"

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.fault_for(self)(self)

    do_GET = do_POST  # noqa: N815

    def forwarded(self, *, forgetful: bool = False) -> tuple[int, bytes]:
        """The account's answer. If `forgetful`, the account will not know the request when it comes again."""
        path = re.sub(r"requestId=[^&]*&?", "", self.path) if forgetful else self.path
        account = HTTPConnection(HOST, self.server.account_port)
        headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Connection")}
        account.request(self.command, path, self.body, headers)
        answer = account.getresponse()
        body = answer.read()
        account.close()
        return answer.status, body

    def answer(self, status: int, body: bytes, sent: int | None = None) -> None:
        """Answers with the body, or with its first bytes only."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()

    def hang_up(self) -> None:
        """Ends the connection in order, as a server does that is shut down."""
        self.close_connection = True

    def reset(self) -> None:
        """Ends the connection as a router does that has forgotten it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


Fault = Callable[[Exchange], None]


def nothing(exchange: Exchange) -> None:
    exchange.answer(*exchange.forwarded())


def drop_the_request(exchange: Exchange) -> None:
    exchange.hang_up()


def reset_the_connection(exchange: Exchange) -> None:
    exchange.reset()


def lose_the_answer(exchange: Exchange) -> None:
    exchange.forwarded()
    exchange.hang_up()


def forget_and_reset(exchange: Exchange) -> None:
    """What was asked will be done again."""
    exchange.forwarded(forgetful=True)
    exchange.reset()


def cut_the_answer(exchange: Exchange) -> None:
    status, body = exchange.forwarded()
    exchange.answer(status, body, sent=len(body) // 2)
    exchange.hang_up()


def answer_late(exchange: Exchange) -> None:
    time.sleep(0.2)
    nothing(exchange)


def never_answer(exchange: Exchange) -> None:
    exchange.server.ended.wait()
    exchange.hang_up()


def answer_429(exchange: Exchange) -> None:
    exchange.answer(429, b"")


def answer_503(exchange: Exchange) -> None:
    exchange.answer(503, b"<html>no server is available</html>")


def answer_504_for_what_was_done(exchange: Exchange) -> None:
    exchange.forwarded()
    exchange.answer(504, b"")


def answer_html(exchange: Exchange) -> None:
    """As the sign-in page of a hotel's network."""
    exchange.answer(200, b"<html>Please sign in.</html>")


def expire_the_token(exchange: Exchange) -> None:
    """The client may renew it."""
    _refuse(exchange, "390112", "Your session has expired. Please login again.")


def end_the_session(exchange: Exchange) -> None:
    """The client may not renew its token any more."""
    _refuse(exchange, "390114", "Authentication token has expired.  The user must authenticate again.")


def _refuse(exchange: Exchange, code: str, message: str) -> None:
    exchange.answer(200, json.dumps({"data": None, "code": code, "message": message, "success": False}).encode())


PASSING: tuple[Fault, ...] = (
    drop_the_request,
    reset_the_connection,
    lose_the_answer,
    forget_and_reset,
    cut_the_answer,
    answer_late,
    answer_429,
    answer_503,
    answer_504_for_what_was_done,
    answer_html,
    expire_the_token,
)

LASTING: tuple[Fault, ...] = (
    drop_the_request,
    reset_the_connection,
    lose_the_answer,
    cut_the_answer,
    never_answer,
    answer_429,
    answer_503,
    answer_html,
    expire_the_token,
    end_the_session,
)


class Proxy(ThreadingHTTPServer):
    """Passes requests on, and lets the fault happen to the one of the number, or from it on (`lasting`)."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, account_port: int) -> None:
        super().__init__((HOST, 0), Exchange)
        self.account_port = account_port
        self.ended = threading.Event()
        self.disturb(0, nothing)

    def disturb(self, number: int, fault: Fault, *, lasting: bool = False) -> None:
        """Counts requests from 1 anew."""
        self._numbers, self._number, self._fault, self._lasting = count(1), number, fault, lasting
        self.struck = 0

    def fault_for(self, exchange: Exchange) -> Fault:
        number = next(self._numbers)
        if number == self._number or (self._lasting and 0 < self._number < number):
            self.struck += 1
            return self._fault
        return nothing

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has hung up meanwhile is what these tests are about."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def proxy_before(account_port: int) -> Iterator[Proxy]:
    with Proxy(account_port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.ended.set()
            proxy.shutdown()
            thread.join()
