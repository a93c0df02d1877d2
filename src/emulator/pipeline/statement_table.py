"""The statement kinds as a table for people: what each one's depth is, and the page whose rules it follows."""

from collections.abc import Iterator

from . import refused
from .statements import REFUSED, RULES, Words

PAGES = "https://docs.snowflake.com/en/sql-reference/"

# Where the page is not called like the statement.
_PAGES = {
    "(": "sql/select",
    "COMMENT": "sql/comment",
    "COPY INTO": "sql/copy-into-table",
    "DELETE FROM": "sql/delete",
    "GRANT": "sql/grant-privilege",
    "INSERT INTO": "sql/insert",
    "INSERT OVERWRITE INTO": "sql/insert",
    **dict.fromkeys(
        ("INSERT ALL", "INSERT FIRST", "INSERT OVERWRITE ALL", "INSERT OVERWRITE FIRST"), "sql/insert-multi-table"
    ),
    "LS": "sql/list",
    "REVOKE": "sql/revoke-privilege",
    "RM": "sql/remove",
    "SHOW FUTURE GRANTS": "sql/show-grants",
    "COPY FILES INTO": "sql/copy-files",
    "EXECUTE IMMEDIATE FROM": "sql/execute-immediate-from",
    "SHOW EXPORTED KEYS": "sql/show-primary-keys",
    "SHOW IMPORTED KEYS": "sql/show-primary-keys",
    "SHOW TERSE UNIQUE KEYS": "sql/show-primary-keys",
    "SHOW UNIQUE KEYS": "sql/show-primary-keys",
    "START TRANSACTION": "sql/begin",
    "TRUNCATE": "sql/truncate-table",
    "VALUES": "constructs/values",
    "WITH": "constructs/with",
} | {text: f"sql/{name}" for text, name in refused.PAGES.items()}


def page(words: Words) -> str:
    """The address of a statement's documentation page."""
    text = " ".join(words)
    described = text.replace("DESCRIBE ", "DESC ").replace("SHOW TERSE ", "SHOW ")
    return PAGES + _PAGES.get(text, f"sql/{described.lower().replace(' ', '-')}")


def as_markdown() -> Iterator[str]:
    """The lines of docs/emulator.md's table: what is run, then what is refused, each in alphabetical order."""
    yield "| statement | depth | rules |"
    yield "|---|---|---|"
    for words in sorted(RULES):
        yield _row((" ".join(words),), RULES[words].depth)
    for _, statements in refused.of_kinds():
        if left := tuple(text for text in statements if tuple(text.split()) in REFUSED):
            yield _row(left, "refused")
    for text in refused.others():
        yield _row((text,), "refused")


def _row(statements: tuple[str, ...], depth: str) -> str:
    named = ", ".join(f"`{text}`" for text in statements)
    return f"| {named} | {depth} | [page]({page(tuple(statements[0].split()))}) |"
