"""Reads a statement word by word, for the statement kinds that have a grammar of their own."""

import re
from collections.abc import Callable
from typing import ClassVar, NoReturn, TypeAlias, TypeVar

from sqlglot.dialects.snowflake import Snowflake
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from .. import errors
from ..errors import Text
from .depth import depth, refuse_repetition

T = TypeVar("T")

Value: TypeAlias = str | int | float | bool | list["Value"] | dict[str, "Value"] | None
Path: TypeAlias = tuple[str, ...]

_TEXT = frozenset({TokenType.STRING, TokenType.RAW_STRING})
_NOT_A_WORD = _TEXT | {TokenType.IDENTIFIER, TokenType.NUMBER}
_LITERALS: dict[str, Value] = {"TRUE": True, "FALSE": False, "NULL": None}


class _Tokenizer(Snowflake.Tokenizer):
    COMMANDS: ClassVar[set[TokenType]] = set()  # sqlglot keeps the rest of EXECUTE, CALL ... as one text


# A stage or file path that stands without quotes: `@db.schema."my stage"/a//b/*.csv`, `file:///tmp/*.csv`.
_PATH = r"""(?<![\w$"])(?:@|file://)(?:"(?:[^"]|"")*"|[^\s;,()'"])+"""
_PATH_OR_TEXT = re.compile(
    rf"""(?P<path>{_PATH})|'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|--[^\n]*|//[^\n]*|/\*.*?\*/""",
    re.DOTALL | re.IGNORECASE,
)


PLACES = (TokenType.PLACEHOLDER, TokenType.QDCOLON)  # of bound values: `?`, and `?::` where one is cast


def tokenize(sql: str) -> list[Token]:
    """The tokens of a statement, each with its place in the text. Raises sqlglot's TokenError.

    An unquoted path is one token, whatever is in it: sqlglot would take `//` and `/*` for the start of a comment.
    """
    masked = _PATH_OR_TEXT.sub(lambda found: "p" * len(found[0]) if found["path"] else found[0], sql)
    tokens = _Tokenizer(dialect="snowflake").tokenize(masked)
    if masked != sql:
        for token in tokens:
            if token.token_type == TokenType.VAR:
                token.text = sql[token.start : token.end + 1]
    return tokens


class Reader:
    """A cursor over the words of one statement.

    `accept` moves on when the words are there, `expect` insists, `finish` says that nothing may follow. What does not
    fit raises Snowflake's syntax error 001003 with line, column and word.
    """

    def __init__(self, sql: str) -> None:
        try:
            self._tokens = tokenize(sql)
        except TokenError:  # a text or a comment that does not end
            raise errors.parse_error(sql) from None
        ends = self._tokens and self._tokens[-1].token_type == TokenType.SEMICOLON
        while self._tokens and self._tokens[-1].token_type == TokenType.SEMICOLON:
            self._tokens.pop()
        self.sql = sql[: self._tokens[-1].end + 1] if ends and self._tokens else sql  # without what follows its `;`
        # Two-word tokens (FILE FORMAT, ORDER BY) count as two words.
        self._words = [
            (word.upper(), index)
            for index, token in enumerate(self._tokens)
            for word in ([token.text] if token.token_type in _NOT_A_WORD | {TokenType.VAR} else token.text.split())
        ]
        self._at = 0
        self.repeated: list[str] = []  # properties that have been given twice

    @property
    def done(self) -> bool:
        return self._at >= len(self._words)

    @property
    def depth(self) -> int:
        """How many levels the statement has, at most. Refuses one whose functions would multiply without end."""
        refuse_repetition(self._tokens)
        return depth(self._tokens)

    @property
    def position(self) -> int:
        """Where the next word begins in the statement's text."""
        return len(self.sql) if self.done else int(self._tokens[self._words[self._at][1]].start)

    @property
    def rest(self) -> str:
        """The text that has not been read."""
        return self.sql[self.position :].rstrip()

    def _type(self, ahead: int = 0) -> TokenType | None:
        at = self._at + ahead
        return self._tokens[self._words[at][1]].token_type if at < len(self._words) else None

    def word(self, ahead: int = 0) -> str:
        """The word `ahead` of here in upper case; "" for a text, a quoted name, a number or the end."""
        type_ = self._type(ahead)
        return "" if type_ is None or type_ in _NOT_A_WORD else self._words[self._at + ahead][0]

    def sees(self, *words: str) -> bool:
        return all(self.word(ahead) == word for ahead, word in enumerate(words))

    def accept(self, *words: str) -> bool:
        found = self.sees(*words)
        if found:
            self._at += len(words)
        return found

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                self.fail()

    def take_word(self) -> str:
        word = self.word()
        if not word:
            self.fail()
        self._at += 1
        return word

    def refuse_more_statements(self) -> None:
        """Raises 000008 if another statement follows: a request holds one."""
        count = sum(1 for token in self._tokens if token.token_type == TokenType.SEMICOLON) + 1
        if count > 1:
            raise errors.statement_count(count, 1)

    def finish(self) -> None:
        if not self.done:
            self.fail()

    def skip(self) -> None:
        """Passes over one word, text, name or number, whatever it is."""
        if self.done:
            self.fail()
        self._at += 1

    def skip_whole(self) -> None:
        """Passes over one word, or over a bracket with what is inside it."""
        if self.sees("("):
            self.bracketed()
        else:
            self.skip()

    def seek(self, *words: str) -> bool:
        """Passes over what is before the words, and over them; over everything, and False, if they are not there."""
        while not self.done and not self.sees(*words):
            self.skip()
        return not self.done and self.accept(*words)

    def skip_rest(self) -> None:
        """Passes over everything that is left."""
        self._at = len(self._words)

    def fail(self) -> NoReturn:
        token = None if self.done else self._tokens[self._words[self._at][1]]
        raise errors.syntax_error(self.sql, self.position, token.text if token else "<EOF>")

    def _take_text(self) -> str:
        text = self._tokens[self._words[self._at][1]].text
        self._at += 1
        return text

    def sees_text(self) -> bool:
        return self._type() in _TEXT

    def text(self) -> str:
        """A string literal, its escapes resolved."""
        if not self.sees_text():
            self.fail()
        return self._take_text()

    def sees_location(self) -> bool:
        """Whether a stage is named here, in quotes or without."""
        return not self.done and self._tokens[self._words[self._at][1]].text.startswith("@")

    def location(self) -> str:
        """A stage's or file's path as it is written: `@stage/path`, `file://path`, in quotes or without."""
        if not self.sees_text() and not self.word().startswith(("@", "FILE://")):
            self.fail()
        return self._take_text()

    def bracketed(self) -> str:
        """The text between a bracket and the one that closes it."""
        self.expect("(")
        start, depth = self.position, 1
        while depth:
            end = self.position
            depth += self.sees("(") - self.sees(")")
            self.skip()
        return self.sql[start:end]

    def name(self) -> str:
        """One identifier as Snowflake stores it: upper case unless it is quoted."""
        if self._type() == TokenType.IDENTIFIER:
            return self._take_text()
        word = self.word()
        if not word or not (word[0].isalpha() or word[0] == "_"):
            self.fail()
        self._at += 1
        return word

    def path(self, most: int = 3) -> Path:
        """A name of one to three parts: `db.schema.name`, `schema.name` or `name`; `db..name` is in PUBLIC.

        https://docs.snowflake.com/en/sql-reference/name-resolution#schema-objects-double-dot-notation
        """
        parts = [self.name()]
        while self.accept("."):
            parts.append("PUBLIC" if self.sees(".") and len(parts) == 1 else self.name())
        if len(parts) > most:
            self.fail()
        return tuple(parts)

    def value(self) -> Value:
        """A property's value: text, number, boolean, NULL, word, list `(a, b)` or options `(A = 1 B = 2)`."""
        if self.sees_text():
            return Text(self._take_text())
        if self._type() == TokenType.IDENTIFIER:
            return self._take_text()
        if self._type() == TokenType.NUMBER:
            return _number(self._take_text())
        if self.accept("-"):
            return -_number(self._take_text()) if self._type() == TokenType.NUMBER else self.fail()
        if self.sees("("):
            self.expect("(")
            if self.word() and self.word(1) == "=":
                options = self.properties(until=")")
                self.expect(")")
                return options
            values: list[Value] = []
            while not self.accept(")"):
                values.append(self.value())
                self.accept(",")
            return values
        word = self.take_word()
        while self.accept("."):
            word += f".{self.name()}"
        return _LITERALS.get(word, word)

    def several(self, read: Callable[[], T], between: str = ",") -> list[T]:
        """What `read` takes, as often as the sign or word between stands behind it."""
        found = [read()]
        while self.accept(between):
            found.append(read())
        return found

    def properties(self, until: str | tuple[str, ...] = ()) -> dict[str, Value]:
        """`NAME = value` pairs, with or without commas, up to the end or to one of the words `until`."""
        stops = (until,) if isinstance(until, str) else until
        found: dict[str, Value] = {}
        while not self.done and not any(self.sees(word) for word in stops):
            name = self.take_word()
            self.expect("=")
            if name in found:
                self.repeated.append(name)
            found[name] = self.value()
            self.accept(",")
        return found


def _number(text: str) -> int | float:
    return float(text) if "." in text or "e" in text.lower() else int(text)
