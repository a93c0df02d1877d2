"""Lets in what comes from a client on this machine, and nothing that a web page has sent."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class Loopback:
    """Answers 403 where Host is not a name of loopback, or Origin names a page of another place.

    A page may send requests to loopback, under a name of its own that it lets lead there, too. A browser names the page
    in Origin, and the name that it used in Host.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            addresses = [f"//{headers.get('host', '')}", *headers.getlist("origin")]
            if not all(map(_is_loopback, addresses)):
                refusal = PlainTextResponse("Host and Origin must be 127.0.0.1 or localhost.", status_code=403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_loopback(address: str) -> bool:
    try:
        return urlsplit(address).hostname in _NAMES
    except ValueError:
        return False
