"""Which TCP connections a session's requests come on, and when the last of them was closed: its client is gone then."""

import threading
import time
from collections import Counter, defaultdict

from ..session import Session
from . import processes

Peer = tuple[str, int]  # the client's address and port


class Clients:
    """Runs on the server's event loop alone.

    Whoever opens a connection for each request, as curl does, closes it without being gone: only a connection that
    has carried several requests of a session counts for it. A client may close an idle connection to open another one,
    so that it is known to be gone only once its process has ended.
    """

    def __init__(self) -> None:
        self._requests: defaultdict[Peer, Counter[Session]] = defaultdict(Counter)
        self._processes: dict[Peer, int | None] = {}

    def sends(self, peer: Peer, session: Session) -> None:
        """A request of the session came on the connection."""
        self._requests[peer][session] += 1
        session.client_gone_since = None
        if self._requests[peer][session] > 1 and peer not in self._processes:
            self._processes[peer] = None
            threading.Thread(target=self._look, args=[peer], daemon=True).start()

    def _look(self, peer: Peer) -> None:
        """Notes whose connection it is: that takes longer than a request should wait."""
        pid = processes.client(peer[1])
        if peer in self._processes:
            self._processes[peer] = pid

    def closed(self, peer: Peer) -> None:
        """The connection was closed, by the client or with it."""
        pid = self._processes.pop(peer, None)
        for session, requests in self._requests.pop(peer, Counter[Session]()).items():
            if requests > 1 and not any(session in others for others in self._requests.values()):
                session.client_gone_since = time.monotonic()
                session.client_has_ended = lambda: pid is not None and processes.has_ended(pid)
