"""Loads the connector for a command that waits for nothing else, without the libraries that the command never calls."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .connections import Target
from .program import held

# boto3 and botocore sign in with the identity of a machine on AWS, pandas and pyarrow make data frames of results,
# chardet guesses the encoding of answers that do not tell theirs. The connector runs without each of them:
# https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-install
_OPTIONAL = ("boto3", "botocore", "pandas", "pyarrow", "chardet")


def load_lean(target: Target) -> None:
    """Imports the connector as if its optional libraries were not installed; a connector that is loaded stays as it is.

    They are half of the import's time. Afterwards they can be imported as ever. A target that needs them gets them.
    """
    hidden = [name for name in _OPTIONAL if name not in sys.modules and not target.workload_identity]
    # None tells import that there is no such module: https://docs.python.org/3/reference/import.html#the-module-cache
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        with held():
            import snowflake.connector  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def without_collections() -> Iterator[None]:
    """What loads libraries makes no garbage, and need not look for it: a fifth of its time.

    Nothing changes where they are loaded, or where the program has switched the collector off.
    """
    first = gc.isenabled() and "snowflake.snowpark" not in sys.modules
    if first:
        gc.disable()
    try:
        yield
    finally:
        if first:
            gc.enable()
