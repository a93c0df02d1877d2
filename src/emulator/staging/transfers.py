"""Files on their way between a client and a stage: signed URLs."""

import hmac
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from ..session import Session
from ..store.storage import Storage

Action = Literal["get", "add", "replace", "add-packed", "replace-packed"]
ROUTE = "/emulator/files"
NOWHERE = "/emulator/nowhere"  # where no file may be sent


def signed_url(session: Session, path: Path, action: Action) -> str:
    """A URL that lets its holder do one thing to one file of a stage. `add` leaves a file that is there as it is.

    `-packed` is for a client that has one URL whether it packs the file or not: `.gz` is added to the name of what is.
    """
    name = path.relative_to(session.storage.folder).as_posix()
    signed = signature(session.storage, action, name)
    return f"{session.url}{ROUTE}/{session.account.name}/{action}/{signed}/{quote(name)}{_ALLOWED}"


# The headers that connector 5 sends only where the URL's signature is for them, too.
_ALLOWED = "?X-Goog-SignedHeaders=" + quote(
    "host;x-goog-if-generation-match;x-goog-meta-encryptiondata;x-goog-meta-matdesc;x-goog-meta-sfc-digest", safe=""
)


def signature(storage: Storage, action: str, name: str) -> str:
    return hmac.digest(storage.secret, f"{action} {name}".encode(), "sha256").hex()
