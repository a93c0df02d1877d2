"""Starts Streamlit on the page: the interpreter's own one, on this machine alone."""

import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from src.utils.options import Where

from .colours import ACCENT

_ROOT = Path(__file__).resolve().parents[3]
_APP = Path(__file__).with_name("app.py")
_OPTIONS = {
    "server.address": "127.0.0.1",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "theme.base": "light",
    "theme.primaryColor": ACCENT,
}

MISSING = (
    "Streamlit is not installed in this environment. Run: make page; or install it here: pip install -e '.[local,page]'"
)

TAKEN = "Something listens on port {port} already. If it is the page, open http://localhost:{port}; else pass --port."


def is_possible() -> bool:
    return importlib.util.find_spec("streamlit") is not None


def command(where: Where, port: int, *, headless: bool) -> list[str]:
    """What starts it."""
    options = _OPTIONS | {"server.port": str(port), "server.headless": str(headless).lower()}
    chosen = {"--connection_name": where.connection_name, "--role": where.role, "--prefix": where.prefix}
    return [
        *(sys.executable, "-m", "streamlit", "run", str(_APP)),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
        "--",
        *(word for name, value in chosen.items() if value for word in (name, value)),
    ]


def is_taken(port: int) -> bool:
    """Whether something listens there already: most often the page itself, in another terminal."""
    with socket.socket() as caller:
        caller.settimeout(1.0)
        return caller.connect_ex(("127.0.0.1", port)) == 0


def start(where: Where, port: int, *, headless: bool) -> NoReturn:
    """Becomes Streamlit, which serves the page until Ctrl-C, and then closes its sessions in its own time."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    words = command(where, port, headless=headless)
    os.execve(words[0], words, os.environ | {"PYTHONPATH": os.pathsep.join(paths)})
