"""Takes secrets out of what is shown: what stands after the name of one, and what connection files hold as one."""

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from .terminal import printable

_NAME = r"\w*(?:password|passwd|passcode|passphrase|pwd|token|secret|private_key)"
# A name begins where a word does: to try each place in a long word would take as long as its square.
_SHOWN = re.compile(
    rf"(?i)(?<!\w)(?P<name>{_NAME}[\"']?\s*[:=]\s*)"
    r"(?:(?P<quote>[\"']).*?(?P=quote)|[^\s,;\"'}]+)"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?<=://)[^\s/@]+(?=@)"
)
_CREDENTIAL = re.compile(rf"(?i){_NAME}\w*?(?<!_file)(?<!_path)(?<!_url)")
# Shorter ones would take common words out of every message.
_SHORTEST = 4

_known: set[str] = set()


def remember(connections: Mapping[str, object]) -> None:
    """Notes the values of all credentials, however deep they stand, so that redact knows them wherever they turn up."""
    for name, value in connections.items():
        if isinstance(value, Mapping):
            remember(value)
        elif _CREDENTIAL.fullmatch(name) and len(text := str(value)) >= _SHORTEST:
            _known.update((text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]))
            _known.update((quote(text), quote(text, safe="")))


def redact(text: str) -> str:
    """The text with passwords, tokens and keys replaced by ***, and control characters written out."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "***")
    return printable(_SHOWN.sub(lambda match: f"{match['name'] or ''}***", text))
