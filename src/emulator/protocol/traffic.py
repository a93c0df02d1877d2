"""Counts what clients send, below all that answers it."""

from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass
class Traffic:
    """The HTTP requests by path, the TCP connections that they came on, and how many requests are being answered.

    The emulator's own paths do not count.
    """

    app: ASGIApp
    requests: Counter[str] = field(default_factory=Counter)
    connections: set[tuple[str, int]] = field(default_factory=set)
    under_way: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/emulator/"):
            await self.app(scope, receive, send)
            return
        self.requests[scope["path"]] += 1
        self.connections.add(tuple(scope["client"]))
        self.under_way += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.under_way -= 1
