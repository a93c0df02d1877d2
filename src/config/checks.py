"""What a value of the configuration may be. A wrong one is refused with its field, itself, and what is allowed."""

import re
from collections.abc import Collection

# https://docs.snowflake.com/en/sql-reference/identifiers-syntax
# Not two $ in a row: in the body of a block, or of a task, they would end it.
_PLAIN_IDENTIFIER = re.compile(r"[A-Z_](?:[A-Z0-9_]|\$(?!\$)){0,254}")

# https://docs.snowflake.com/en/sql-reference/reserved-keywords
RESERVED_KEYWORDS = frozenset(
    """
    ACCOUNT ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONNECTION CONSTRAINT CREATE CROSS CURRENT
    CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DELETE DISTINCT DROP ELSE EXISTS FALSE FOLLOWING
    FOR FROM FULL GRANT GROUP GSCLUSTER HAVING ILIKE IN INCREMENT INNER INSERT INTERSECT INTO IS ISSUE JOIN LATERAL LEFT
    LIKE LOCALTIME LOCALTIMESTAMP MINUS NATURAL NOT NULL OF ON OR ORDER ORGANIZATION QUALIFY REGEXP REVOKE RIGHT RLIKE
    ROW ROWS SAMPLE SCHEMA SELECT SET SOME START TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION UNIQUE UPDATE
    USING VALUES VIEW WHEN WHENEVER WHERE WITH
    """.split()
)


class ConfigError(ValueError):
    """A value of the configuration is not allowed; a field that begins with -- is an option of the command."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"{field} is {shortened(value)}. Allowed: {allowed}.")


def shortened(value: object) -> str:
    """The value as Python writes it, cut where it is too long to read."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}... ({len(text)} characters)"


def is_plain_identifier(name: str) -> bool:
    """Whether SQL can write the name without quotes and mean exactly it."""
    return _PLAIN_IDENTIFIER.fullmatch(name) is not None and name not in RESERVED_KEYWORDS


def check_identifier(field: str, value: object, longest: int = 255) -> None:
    if not isinstance(value, str) or not is_plain_identifier(value) or len(value) > longest:
        raise ConfigError(
            field,
            value,
            f"1 to {longest} of A-Z, 0-9, _ and single $, not beginning with a digit or $, and no reserved keyword",
        )


def check_integer(field: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(field, value, f"a whole number from {low} to {high}")


def check_number(field: str, value: object, low: float, high: float, allowed: str) -> None:
    """Not NaN, which is in no range."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(field, value, allowed)


def check_is(field: str, value: object, type_: type) -> None:
    if not isinstance(value, type_):
        raise ConfigError(field, value, f"{type_.__name__}(...)")


def check_all(field: str, value: object, type_: type) -> None:
    """A tuple of values of one type; a pair of parentheses around one value is none."""
    if not isinstance(value, tuple) or not all(isinstance(item, type_) for item in value):
        raise ConfigError(field, value, f"a tuple of {type_.__name__}, with a comma after the last")


def check_one_of(field: str, value: object, allowed: Collection[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise ConfigError(field, value, ", ".join(allowed))


def check_text(field: str, value: object, longest: int) -> None:
    """Text that a person reads: printable, on one line, without the brackets that mark an ownership stamp."""
    readable = isinstance(value, str) and value.isprintable() and not set(value) & set("[]")
    if not (readable and len(str(value)) <= longest):
        raise ConfigError(field, value, f"up to {longest} printable characters without square brackets")


def check_unique(field: str, names: Collection[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(field, name, "each name once")
        seen.add(name)


def check_known(field: str, names: Collection[str], allowed: Collection[str]) -> None:
    for name in names:
        if name not in allowed:
            raise ConfigError(field, name, ", ".join(allowed) or "none, since there are none")
