"""Reads SQL as Snowflake's grammar does, to see which names and texts stand in it."""

import logging
from collections.abc import Iterable
from typing import Any

from sqlglot import exp, parse_one, tokenize
from sqlglot.tokenizer_core import Token, TokenType

from config import CONFIG
from src.config.checks import is_plain_identifier
from src.config.objects import FORMAT_OPTIONS, GENERATIONS, PRIVILEGES, SIZES
from src.deployment.script import script

# sqlglot warns of every statement that it has no grammar for.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_QUOTED = (TokenType.STRING, TokenType.IDENTIFIER)


def tokens_of(sql: str) -> list[Token]:
    return tokenize(sql, dialect="snowflake")


def statements_in(text: str) -> list[str]:
    """The statements of a script, cut where SQL has a semicolon, and nowhere else."""
    found, begin = [], 0
    for token in tokens_of(text):
        if token.token_type == TokenType.SEMICOLON:
            found.append(text[begin : token.start])
            begin = token.end + 1
    assert text[begin:].strip() == ""
    return [_without_remarks(sql) for sql in found]


def _without_remarks(sql: str) -> str:
    """Without the lines that the script puts before a statement."""
    lines = sql.strip().splitlines()
    while lines and (lines[0].startswith("-- ") or not lines[0]):
        lines.pop(0)
    return "\n".join(lines)


def words_of(sql: str) -> set[str]:
    """The words outside quotes."""
    return {word for token in tokens_of(sql) if token.token_type not in _QUOTED for word in token.text.upper().split()}


def _grammar() -> set[str]:
    """Every word that our statements may have besides names."""
    shown = "".join(script(mode, CONFIG) for mode in ("full", "quick", "validate", "cleanup"))
    statements = "\n".join(statements_in(shown))
    tables = [*PRIVILEGES, *SIZES, *(word for words in PRIVILEGES.values() for word in words)]
    options = [option for options in FORMAT_OPTIONS.values() for option in options]
    monitor = (
        "CREATE RESOURCE MONITOR IF NOT EXISTS WITH CREDIT_QUOTA FREQUENCY MONTHLY START_TIMESTAMP IMMEDIATELY "
        "TRIGGERS ON PERCENT DO NOTIFY SUSPEND ALTER WAREHOUSE SET RESOURCE_MONITOR DROP SHARE REVOKE FROM VIEW TABLE"
    )
    return {word for text in (statements, " ".join(tables + options), monitor) for word in words_of(text)} - _names()


def _names() -> set[str]:
    """The names of CONFIG: not words of the grammar."""
    objects: tuple[Any, ...] = (
        CONFIG.database,
        *CONFIG.schemas,
        *CONFIG.warehouses,
        *CONFIG.stages,
        *CONFIG.file_formats,
        *CONFIG.roles,
    )
    return {object_.name for object_ in objects} | {"SYSADMIN"}


GRAMMAR = _grammar()


def check(sql: str, names: Iterable[str], texts: Iterable[str]) -> None:
    """Asserts that it is one statement, with no name but the given, bare only if plain, and no text but the given."""
    names, texts = set(names), {*texts, *GENERATIONS}
    for token in tokens_of(sql):
        assert token.token_type != TokenType.SEMICOLON, sql
        assert not token.comments, sql
        if token.token_type == TokenType.STRING:
            assert token.text in texts, (token.text, sql)
        elif token.token_type == TokenType.IDENTIFIER:
            assert token.text in names, (token.text, sql)
        elif any(character.isalnum() for character in token.text):
            for word in token.text.split():
                assert word in names or word.upper() in GRAMMAR or word.isdecimal(), (word, sql)
                assert word.upper() in GRAMMAR or word.isdecimal() or is_plain_identifier(word), (word, sql)
    for found in _parsed_identifiers(sql):
        assert found.this in names or found.this.upper() in GRAMMAR, (found.this, sql)
        assert found.args.get("quoted") or is_plain_identifier(found.this) or found.this.upper() in GRAMMAR, sql


def _parsed_identifiers(sql: str) -> list[exp.Identifier]:
    """What sqlglot takes for identifiers; nothing where it has no grammar for the statement, and keeps its text."""
    parsed = parse_one(sql, dialect="snowflake")
    return [] if parsed.find(exp.Command) else list(parsed.find_all(exp.Identifier))


def same_shape(sql: str, model: str, placeholders: Iterable[str]) -> bool:
    """Whether SQL with hostile names is what the model is, but for the tokens that hold one of the model's names."""
    ours, theirs = tokens_of(sql), tokens_of(model)
    return len(ours) == len(theirs) and all(
        _same(one, other, tuple(placeholders)) for one, other in zip(ours, theirs, strict=True)
    )


def _same(one: Token, other: Token, placeholders: tuple[str, ...]) -> bool:
    if "\n" in other.text:  # the body of a block
        return same_shape(one.text, other.text, placeholders)
    return one.text == other.text or any(name in other.text for name in placeholders)
