"""Files on their way between a client and a stage: signed URLs, and what a file that is complete is called."""

import hmac
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from ..session import Session
from ..store.storage import Storage

Action = Literal["get", "add", "replace"]
ROUTE = "/emulator/files"


def signed_url(session: Session, path: Path, action: Action) -> str:
    """A URL that lets its holder do one thing to one file of a stage. `add` leaves a file that is there as it is."""
    name = path.relative_to(session.storage.folder).as_posix()
    signed = signature(session.storage, action, name)
    return f"{session.url}{ROUTE}/{session.account.name}/{action}/{signed}/{quote(name)}"


def signature(storage: Storage, action: str, name: str) -> str:
    return hmac.digest(storage.secret, f"{action} {name}".encode(), "sha256").hex()


def publish(incoming: Path, path: Path, replace: bool = True) -> None:
    """Renames a complete file to where it is listed; without `replace` a file that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if replace or not path.exists():
        incoming.replace(path)
