"""Counts what clients send, below all that answers it."""

from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass
class Traffic:
    """The HTTP requests by path, and the TCP connections that they came on. The emulator's own paths do not count."""

    app: ASGIApp
    requests: Counter[str] = field(default_factory=Counter)
    connections: set[tuple[str, int]] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/emulator/"):
            self.requests[scope["path"]] += 1
            self.connections.add(tuple(scope["client"]))
        await self.app(scope, receive, send)
