"""What a served emulator says that its clients have sent."""

import json
import urllib.request
from typing import Any

from src.emulator.protocol.serving import Address


def traffic(address: Address) -> dict[str, Any]:
    """The requests by path, how many connections they came on, and how many requests are being answered."""
    url = f"http://127.0.0.1:{address.port}/emulator/traffic"
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {address.token}"})
    with urllib.request.urlopen(asked) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
