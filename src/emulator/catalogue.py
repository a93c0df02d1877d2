"""The statement kinds as a table for people: what each one's depth is, and the page whose rules it follows."""

from collections.abc import Iterator

from .statements import RULES, Words

PAGES = "https://docs.snowflake.com/en/sql-reference/"

# Where the page is not called like the statement.
_PAGES = {
    "(": "sql/select",
    "COMMENT": "sql/comment",
    "COPY INTO": "sql/copy-into-table",
    "GRANT": "sql/grant-privilege",
    "LS": "sql/list",
    "REVOKE": "sql/revoke-privilege",
    "RM": "sql/remove",
    "SHOW FUTURE GRANTS": "sql/show-grants",
    "START TRANSACTION": "sql/begin",
    "TRUNCATE": "sql/truncate-table",
    "VALUES": "constructs/values",
    "WITH": "constructs/with",
}


def page(words: Words) -> str:
    """The address of a statement's documentation page."""
    text = " ".join(words)
    described = text.replace("DESCRIBE ", "DESC ")
    return PAGES + _PAGES.get(text, f"sql/{described.lower().replace(' ', '-')}")


def as_markdown() -> Iterator[str]:
    """The lines of docs/emulator.md's table, in alphabetical order."""
    yield "| statement | depth | rules |"
    yield "|---|---|---|"
    for words in sorted(RULES):
        yield f"| `{' '.join(words)}` | {RULES[words].depth} | [page]({page(words)}) |"
