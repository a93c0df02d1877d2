"""The editions of an account, by themselves: a command's help names them, and waits for no engine.

https://docs.snowflake.com/en/user-guide/intro-editions
"""

from typing import Literal, get_args

Edition = Literal["STANDARD", "ENTERPRISE", "BUSINESS_CRITICAL"]
EDITIONS: tuple[Edition, ...] = get_args(Edition)
