"""Which TCP connections a session's requests come on, and when the last of them was closed: its client is gone then."""

import time
from collections import Counter, defaultdict

from ..session import Session

Peer = tuple[str, int]  # the client's address and port


class Clients:
    """Runs on the server's event loop alone.

    Whoever opens a connection for each request, as curl does, closes it without being gone: only a connection that
    has carried several requests of a session counts for it.
    """

    def __init__(self) -> None:
        self._requests: defaultdict[Peer, Counter[Session]] = defaultdict(Counter)

    def sends(self, peer: Peer, session: Session) -> None:
        """A request of the session came on the connection."""
        self._requests[peer][session] += 1
        session.client_gone_since = None

    def closed(self, peer: Peer) -> None:
        """The connection was closed, by the client or with it."""
        for session, requests in self._requests.pop(peer, Counter[Session]()).items():
            if requests > 1 and not any(session in others for others in self._requests.values()):
                session.client_gone_since = time.monotonic()
