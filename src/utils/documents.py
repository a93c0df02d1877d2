"""What a command says as one JSON document."""

import json


def json_document(value: object) -> str:
    """The value as JSON that any terminal can encode; what JSON has no type for, as its text."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    # Half a surrogate pair, as Python makes of an argument that is no UTF-8, stays an escape.
    return text.encode("utf-8", "backslashreplace").decode()
