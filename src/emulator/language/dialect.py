"""Snowflake's SQL as sqlglot reads it, less what sqlglot takes from other databases.

sqlglot reads much that Snowflake refuses: operators, types, clauses and functions of DuckDB, PostgreSQL and others.
DuckDB would run it; an account would not. https://docs.snowflake.com/en/sql-reference
"""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import islice, pairwise
from math import isfinite
from typing import Any, ClassVar

from sqlglot import Expr, exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.errors import ParseError
from sqlglot.parsers.snowflake import SnowflakeParser
from sqlglot.tokenizer_core import Token, TokenType

from .. import errors
from . import date_words, name_words, temporary_words
from .argument_counts import LEAST, MOST
from .function_names import NAMES
from .grammar import refuse_unknown
from .places import misplaced, word_of

CALLED = "called"  # under this key a function's node keeps the name that it was called by
FORMAT = "format"  # what reads a text by a format keeps the format's text
IF_NOT_EXISTS = "if not exists"  # and that of a new table whether it may be there
OR_ALTER = "or alter"  # of a CREATE
WRITTEN = "written"  # and a column of a SELECT its text
TABLE_OF_COLUMN = "table of column"  # and a column of an INSERT the name before it

_FOREIGN_TYPES = frozenset(
    """
    BIGDECIMAL BIGNUM BIGNUMERIC BIT BLOB BPCHAR BYTE BYTEA CLOB DATEMULTIRANGE DATERANGE DECIMAL128 DECIMAL256
    DECIMAL32 DECIMAL64 ENUM FIXED HUGEINT INET INT1 INT128 INT16 INT2 INT256 INT32 INT4 INT4MULTIRANGE INT4RANGE
    INT64 INT8 INT8MULTIRANGE INT8RANGE JSON JSONB LONG LONGBLOB LONGTEXT LONGVARCHAR MEDIUMBLOB MEDIUMINT MEDIUMTEXT
    NULLABLE NUMMULTIRANGE NUMRANGE SHORT STR STRUCT TIMETZ TIME_NS TINYBLOB TINYTEXT TSMULTIRANGE TSRANGE
    TSTZMULTIRANGE TSTZRANGE UHUGEINT UINT UINT128 UINT256 UUID
    """.split()
)
_FOREIGN_OPERATORS = frozenset(
    [*"#> #>> && &< &> ->> -|- <-> <<->> <=> == ?:: ?? |> ~* ~~ ~~* ~~~ GLOB ISNULL NOTNULL".split(), "SIMILAR TO"]
)
_LONGEST = 38  # the digits of a NUMBER: https://docs.snowflake.com/en/sql-reference/data-types-numeric
_COLUMN_OPERATORS = (TokenType.DCOLON, TokenType.DOT, TokenType.DOTCOLON, TokenType.PLACEHOLDER)


class _Tokenizer(Snowflake.Tokenizer):
    KEYWORDS: ClassVar[dict[str, TokenType]] = {
        word: type_
        for word, type_ in Snowflake.Tokenizer.KEYWORDS.items()
        if word not in _FOREIGN_TYPES | _FOREIGN_OPERATORS
    }


def _named(name: str) -> Callable[..., Expr]:
    """What sqlglot builds for a function, with the name that it was called by and the format as it is written."""

    def build(arguments: list[Any], *more: Any, **options: Any) -> Expr:
        node = _called(name, SnowflakeParser.FUNCTIONS[name](arguments, *more, **options))
        if len(arguments) > 1 and isinstance(arguments[1], exp.Literal):
            node.meta[FORMAT] = arguments[1].name
        return node

    return build


def _called(name: str, node: Expr) -> Expr:
    """The node, with the name that it was called by: sqlglot reads DATE_PART as EXTRACT."""
    node.meta[CALLED] = name
    return node


_TO_MOMENT = tuple(
    name
    for word in ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")
    for name in (f"TO_{word}", f"TRY_TO_{word}")
    if name in SnowflakeParser.FUNCTIONS
)


_BRACKETS = {
    **dict.fromkeys((TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE), 1),
    **dict.fromkeys((TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE), -1),
}


def _refuse_more(most: int, tokens: list[Token], first: int) -> None:
    """Raises 000939 for a call with more arguments; sqlglot would leave them out."""
    count = _arguments_of(tokens, first)
    if count is not None and count > most:
        raise errors.too_many_arguments(tokens[first].text.upper(), most, count)


def _arguments_of(tokens: list[Token], first: int) -> int | None:
    """How many arguments the call has that begins there; None for what is none."""
    if len(tokens) < first + 3 or tokens[first + 1].token_type != TokenType.L_PAREN:
        return None
    depth, count = 0, int(tokens[first + 2].token_type != TokenType.R_PAREN)
    for token in islice(tokens, first + 1, None):
        depth += _BRACKETS.get(token.token_type, 0)
        count += depth == 1 and token.token_type == TokenType.COMMA
        if not depth:
            break
    return count


def _object_construct(arguments: list[Expr]) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/object_construct"""
    is_star = len(arguments) == 1 and arguments[0].is_star
    if len(arguments) % 2 and not is_star:
        raise errors.not_enough_arguments("OBJECT_CONSTRUCT", len(arguments) + 1, len(arguments))
    made: Expr = SnowflakeParser.FUNCTIONS["OBJECT_CONSTRUCT"](arguments)
    return made


def _array_unique_agg(arguments: list[Expr]) -> Expr:
    """https://docs.snowflake.com/en/sql-reference/functions/array_unique_agg"""
    if not arguments:
        raise errors.not_enough_arguments("ARRAY_UNIQUE_AGG", 1, 0)
    if isinstance(arguments[0], exp.Distinct):
        raise errors.not_emulated("ARRAY_UNIQUE_AGG of DISTINCT")
    return _called("ARRAY_UNIQUE_AGG", exp.ArrayAgg(this=exp.Distinct(expressions=arguments)))


def _div0null(arguments: list[Expr]) -> Expr:
    """A dividend that is NULL is NULL whatever the divisor is. Recorded: frostlake/DivisionFamilyTypingTest."""
    made: exp.If = SnowflakeParser.FUNCTIONS["DIV0NULL"](arguments)
    there = exp.Not(this=exp.Is(this=exp.paren(arguments[0].copy()), expression=exp.Null()))
    made.set("this", exp.And(this=exp.paren(made.this), expression=there))
    return made


class _Parser(SnowflakeParser):
    FUNCTIONS: ClassVar = {
        **{name: build for name, build in SnowflakeParser.FUNCTIONS.items() if name in NAMES},
        **{name: _named(name) for name in _TO_MOMENT},
        # With the format as it is written: sqlglot would turn it into another database's here and there.
        **dict.fromkeys(("TO_CHAR", "TO_VARCHAR"), exp.ToChar.from_arg_list),
        "OBJECT_CONSTRUCT": _object_construct,
        "DIV0NULL": _div0null,
        "ARRAY_UNIQUE_AGG": _array_unique_agg,
    }
    FUNCTION_PARSERS: ClassVar = {
        **{name: parse for name, parse in SnowflakeParser.FUNCTION_PARSERS.items() if name in NAMES},
        "DATE_PART": lambda self: _called("DATE_PART", SnowflakeParser.FUNCTION_PARSERS["DATE_PART"](self)),
    }
    PROPERTY_PARSERS: ClassVar = {
        **SnowflakeParser.PROPERTY_PARSERS,
        **dict.fromkeys({words[0] for words in temporary_words.WORDS}, lambda parser: parser._parse_temporary()),
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {
        **{name: parse for name, parse in SnowflakeParser.NO_PAREN_FUNCTION_PARSERS.items() if name != "IF"},
        "CONNECT_BY_ROOT": lambda self: self._parse_connect_by_root(),
    }
    COLUMN_OPERATORS: ClassVar = {
        type_: parse for type_, parse in SnowflakeParser.COLUMN_OPERATORS.items() if type_ in _COLUMN_OPERATORS
    }

    def _parse_table_parts(
        self, schema: bool = False, is_db_reference: bool = False, wildcard: bool = False, fast: bool = False
    ) -> exp.Table | exp.Dot | None:
        """A name, also with the `IF NOT EXISTS` behind it that Snowpark writes, and `db..name`, which is in PUBLIC.

        https://docs.snowflake.com/en/sql-reference/name-resolution#schema-objects-double-dot-notation
        """
        found = super()._parse_table_parts(schema, is_db_reference, wildcard, fast)
        if isinstance(found, exp.Table):
            if found.args.get("catalog") is not None and not found.db:
                found.set("db", exp.to_identifier("PUBLIC", quoted=True))
            if schema and self._match_text_seq("IF", "NOT", "EXISTS"):
                found.meta[IF_NOT_EXISTS] = True
        return found

    def _parse_create(self) -> exp.Create | exp.Command:
        or_alter = self._curr.text.upper() == "OR" and self._next.text.upper() == "ALTER"
        found = super()._parse_create()
        if or_alter and isinstance(found, exp.Create):  # sqlglot takes it for OR REPLACE
            found.set("replace", False)
            found.meta[OR_ALTER] = True
        named = found.find(exp.Table) if isinstance(found, exp.Create) else None
        if named is not None and IF_NOT_EXISTS in named.meta:
            found.set("exists", True)
        return found

    def _parse_temporary(self) -> Expr | None:
        """The rest of `LOCAL TEMPORARY` and the like: all of them are one property."""
        first = self._prev.text.upper() if self._prev is not None else ""
        rests = [words[1:] for words in temporary_words.WORDS if words[0] == first]
        return exp.TemporaryProperty() if any(self._match_text_seq(*rest) for rest in rests) else None

    def _parse_function_call(self, *arguments: Any, **options: Any) -> Expr | None:
        first = self._index
        name = self._curr.text.upper() if self._curr else ""
        least = LEAST.get(name)
        if least is not None and (count := _arguments_of(self._tokens, first)) is not None and count < least:
            raise errors.not_enough_arguments(name, least, count)
        made: Expr | None = super()._parse_function_call(*arguments, **options)
        if made is not None and name in date_words.FUNCTIONS:
            date_words.refuse_unknown(self._tokens[first : self._index])
        if made is not None and (most := MOST.get(name)) is not None:
            _refuse_more(most, self._tokens, first)
        return made

    def _parse_projections(self) -> tuple[list[Expr], list[Expr] | None]:
        return self._parse_csv(self._parse_projection), None

    def _parse_projection(self) -> Expr | None:
        first = self._curr
        expression = self._parse_expression()
        if expression is not None and self._prev is not None:
            expression.meta[WRITTEN] = self._find_sql(first, self._prev)
        return expression

    def _parse_field_def(self) -> Expr | None:
        """A column, in the list of an INSERT also with its table's name before it.

        Recorded: frostlake/InsertQualifiedColumnListTest.
        """
        found = super()._parse_field_def()
        if not isinstance(found, exp.Identifier) or self._tokens[0].token_type != TokenType.INSERT:
            return found
        if not self._match(TokenType.DOT):
            return found
        column = self._parse_id_var()
        if isinstance(column, exp.Identifier):
            column.meta[TABLE_OF_COLUMN] = found
        return column

    def _parse_connect_by_root(self) -> Expr:
        """The operator, or a column of this name where no other name follows: frostlake/query-connect-by."""
        if self._curr is not None and self._curr.token_type in (TokenType.VAR, TokenType.IDENTIFIER):
            return exp.ConnectByRoot(this=self._parse_column())
        return exp.column(exp.to_identifier("connect_by_root"))

    def _warn_unsupported(self) -> None:
        """Nothing: what sqlglot has not read is refused, and a command's output is its own."""


class StrictSnowflake(Snowflake):
    ORIGINAL_NAME_META_KEY = CALLED
    Tokenizer = _Tokenizer
    Parser = _Parser


def parse_one(sql: str) -> Expr:
    """One statement as a tree. Raises 001003 for what is no Snowflake SQL, 002040 for a type that Snowflake lacks."""
    dialect = StrictSnowflake()
    tokens = dialect.tokenize(sql)
    name_words.read(tokens)
    _refuse_long_lists(sql, tokens)
    words = list(map(word_of, tokens))
    _refuse_words(sql, tokens, words)
    if places := misplaced(words):
        raise _syntax_error_at(sql, tokens, *places)
    if tokens and tokens[-1].token_type == TokenType.LIMIT:
        tokens[-1].token_type = TokenType.VAR  # an alias
    parser = dialect.parser()
    try:
        [expression] = filter(None, parser.parse(tokens, sql))
    except ParseError as error:
        is_end = parser._index >= len(tokens) and not _is_closed(tokens)
        raise (_syntax_error_at(sql, tokens, len(tokens)) if is_end else _syntax_error(sql, tokens, error)) from None
    except ValueError:  # an empty name where sqlglot needs a word
        raise errors.syntax_error(sql, 0, tokens[0].text) from None
    # A text that sqlglot has not read would reach DuckDB as it is; of ALTER, the rules say what is not emulated.
    if isinstance(expression, exp.Command) and str(expression.this).upper() != "ALTER":
        raise errors.not_emulated(" ".join(sql.split()[:2]) + " in this form")
    for number in expression.find_all(exp.Literal):
        plain = number.name if number.is_string else _plain(number.name)
        if plain != number.name and not number.find_ancestor(exp.Uniform, exp.DefaultColumnConstraint):
            number.set("this", plain)
    _refuse_foreign(expression, sql, tokens)
    refuse_unknown(expression)
    _refuse_other_tables(expression, sql)
    for with_ in expression.find_all(exp.With):
        if any(map(_is_recursive, with_.expressions)):
            with_.set("recursive", True)
    return exp.select("*").from_(expression) if isinstance(expression, exp.Values) else expression


def _plain(number: str) -> str:
    """A number as its type counts its digits: `1.50` is 1.5, and `1e3` is 1000, unless that takes more than 38 digits.

    UNIFORM asks how a number is written, and a column's default is shown so.
    Recorded: frostlake/types-numeric-literal, frostlake/query-exponent-literal.
    """
    if "e" in number.lower():
        value = Decimal(number)
        expanded = format(value, "f") if abs(value.adjusted()) < _LONGEST else number
        if "e" in expanded.lower() or len(expanded.replace(".", "")) > _LONGEST:
            return number
        number = expanded
    return number.rstrip("0").rstrip(".") or "0" if "." in number else number


def _refuse_foreign(expression: Expr, sql: str, tokens: list[Token]) -> None:
    """Refuses what is in no statement of Snowflake's, and by name what is not emulated."""
    for node in expression.walk():
        if isinstance(node, exp.Identifier) and is_reserved(node.name):
            raise _reserved(node)
        if isinstance(node, exp.Column) and _is_read_default(node):
            raise errors.invalid_identifier("DEFAULT", sql, node.this.meta["start"])
        for kind, foreign_word in _FOREIGN_NODES:
            if isinstance(node, kind) and (word := foreign_word(node)):
                raise _unexpected(sql, tokens, word)
        if isinstance(node, exp.Except | exp.Intersect) and node.args.get("distinct") is False:
            raise errors.unsupported(f"{node.key.upper()} ALL")  # recorded: frostlake/query-set-operators
        if isinstance(node, exp.Parameter) and ("@", node.name) in pairwise(token.text for token in tokens):
            raise _unexpected(sql, tokens, "@")  # `$x` is the same node: a variable, which a task's body may still have
        for kind, feature in _NOT_EMULATED:
            if isinstance(node, kind) and (name := feature(node)):
                raise errors.not_emulated(name)


def _refuse_other_tables(expression: Expr, sql: str) -> None:
    """Raises 000904 for a column of an INSERT that has another name before it than that of the table."""
    into = expression.this if isinstance(expression, exp.Insert) else None
    if not isinstance(into, exp.Schema):
        return
    for column in into.expressions:
        named = column.meta.get(TABLE_OF_COLUMN)
        if named is not None and _stored(named) != _stored(into.this.this):
            raise errors.invalid_identifier(f"{_stored(named)}.{_stored(column)}", sql, int(named.meta.get("start", 0)))


def _stored(name: exp.Identifier) -> str:
    return name.name if name.args.get("quoted") else name.name.upper()


def _is_read_default(column: exp.Column) -> bool:
    """Whether DEFAULT stands for a column in a query, where it is none unless a table's name stands before it.

    Recorded: frostlake/ddl-keyword-column-names, frostlake/ddl-name-keyword-positions.
    """
    name = column.this
    is_word = (
        isinstance(name, exp.Identifier) and not name.quoted and not column.table and name.name.upper() == "DEFAULT"
    )
    return is_word and isinstance(column.find_ancestor(exp.Select, exp.Tuple), exp.Select)


def _is_recursive(cte: exp.CTE) -> bool:
    """Whether a branch of a query reads the query, which takes no RECURSIVE in Snowflake.

    https://docs.snowflake.com/en/sql-reference/constructs/with
    """
    query, name = cte.this, cte.alias.upper()
    return isinstance(query, exp.Union) and any(
        table.name.upper() == name and not table.db for table in query.expression.find_all(exp.Table)
    )


def _refused_cte(node: Expr) -> str:
    is_distinct = isinstance(node, exp.CTE) and node.this.args.get("distinct") and _is_recursive(node)
    return "a recursive CTE of UNION" if is_distinct else ""


_MOST_IN_A_LIST = 200_000


def _refuse_long_lists(sql: str, tokens: list[Token]) -> None:
    """Raises for a list of more expressions than an account takes, as the rows of a VALUES."""
    if len(tokens) <= 2 * _MOST_IN_A_LIST:
        return
    lists, longest = [(0, 0)], (0, 0)  # of each that is open and of the longest: its commas, and where it begins
    for token in tokens:
        if token.token_type in (TokenType.L_PAREN, TokenType.VALUES):
            longest = max(longest, *lists[-1:])
            if token.token_type == TokenType.VALUES:
                lists.pop()
            lists.append((0, token.start))
        elif token.token_type == TokenType.COMMA:
            lists[-1] = (lists[-1][0] + 1, lists[-1][1])
        elif token.token_type == TokenType.R_PAREN and len(lists) > 1:
            longest = max(longest, lists.pop())
    commas, start = max(longest, *lists)
    if commas >= _MOST_IN_A_LIST:
        raise errors.too_many_expressions(sql, start, _MOST_IN_A_LIST, commas + 1)


def _refuse_words(sql: str, tokens: list[Token], words: list[str]) -> None:
    """Raises 001003 for what the tree will not show."""
    for index, token in enumerate(tokens):
        if _is_foreign(tokens, words, index) or _reads_first(tokens, index) or _is_c_number(sql, token):
            raise errors.syntax_error(sql, token.start, token.text)
        if tuple(words[index : index + 3]) in _EMPTY_GROUPS:  # Snowpark's own tests: test_rollup, test_cube
            raise errors.syntax_error(sql, tokens[index + 2].start, ")")
    _refuse_element_constraints(words)
    _refuse_bare_comment(sql, tokens, words)
    if (ordering := _ordered_argument(tokens, words)) is not None:
        raise errors.syntax_error(sql, ordering.start, ordering.text)


_EMPTY_GROUPS = frozenset({("ROLLUP", "(", ")"), ("CUBE", "(", ")")})


def is_reserved(name: str) -> bool:
    """Whether the emulator keeps names like this for itself, as that of the hidden column."""
    return name.upper().startswith("_EMULATOR")


def refuse_reserved(name: str) -> None:
    """Raises for the name of something new that the emulator keeps for itself."""
    if is_reserved(name):
        raise errors.reserved_name(name)


def _reserved(node: exp.Identifier) -> Exception:
    """The answer to what is read under a name that the emulator keeps for itself, and the refusal to make it."""
    if isinstance(node.parent, exp.Column):
        return errors.invalid_identifier(node.name)
    user = node.parent.parent if isinstance(node.parent, exp.Table) else None
    is_made = isinstance(user.parent if isinstance(user, exp.Schema) else user, exp.Create | None)
    return errors.reserved_name(node.name) if is_made else errors.unknown_object(node.name)


_NO_NEARNESS = {  # what a MATCH_CONDITION may not have
    **dict.fromkeys((TokenType.EQ, TokenType.NEQ), errors.invalid_match_condition),
    **dict.fromkeys((TokenType.AND, TokenType.OR), errors.no_comparison_in_match_condition),
}
# Words that an account takes, to stop at what follows them. Recorded: frostlake/parser-syntax-error-shape.
_OPENING = frozenset({"CASE", "CAST", "INNER"})


def _is_closed(tokens: list[Token]) -> bool:
    """Whether a statement ends in a bracket that closes the last one open: then it is not its end that is missing."""
    types = [token.token_type for token in tokens]
    return types[-1] == TokenType.R_PAREN and types.count(TokenType.L_PAREN) == types.count(TokenType.R_PAREN)


def _syntax_error_at(sql: str, tokens: list[Token], *places: int) -> Exception:
    """001003 at tokens, or at the end of the statement."""
    found = [(tokens[at].start, sql[tokens[at].start : tokens[at].end + 1]) for at in places if at < len(tokens)]
    return errors.syntax_errors(sql, found or [(len(sql.rstrip()), "<EOF>")])


def _syntax_error(sql: str, tokens: list[Token], error: ParseError) -> Exception:
    place = (error.errors[0]["line"], error.errors[0]["col"])
    at = next((index for index, token in enumerate(tokens) if (token.line, token.col) == place), len(tokens) - 1)
    while word_of(tokens[at]) in _OPENING:
        at += 1
        if at == len(tokens):
            return _syntax_error_at(sql, tokens, at)
    description = str(error.errors[0]["description"])
    if tokens[at].token_type in _NO_NEARNESS and _is_inside("MATCH_CONDITION", tokens, at):
        return _NO_NEARNESS[tokens[at].token_type]()
    if description.startswith("Expected TYPE after") and tokens[at].token_type != TokenType.VAR:
        at -= 1  # CAST(x AS nope): the place given is that of the bracket
    if counted := re.search(r"provided arguments \((\d+)\) is greater than .* arguments \((\d+)\)", description):
        return errors.too_many_arguments(_called_before(tokens, at)[0], int(counted[2]), int(counted[1]))
    if missing := re.match(r"Required keyword: '\w+' missing for <class '[\w.]*?(\w+)'>", description):
        kind = getattr(exp, missing[1])
        if issubclass(kind, exp.Func):
            return errors.not_enough_arguments(*_called_before(tokens, at, sum(kind.arg_types.values())))
    if description.startswith(("Expected type", "Expected TYPE")) or _is_column_type(tokens, at):
        return errors.unsupported_data_type(tokens[at].text)
    return errors.syntax_error(sql, tokens[at].start, tokens[at].text)


def _called_before(tokens: list[Token], at: int, expected: int = 0) -> tuple[str, int, int]:
    """The name of the function whose arguments end at a token, how many it needs, and how many it has."""
    depth, commas = 0, 0
    for index in range(at, 0, -1):
        depth += (tokens[index].token_type == TokenType.R_PAREN) - (tokens[index].token_type == TokenType.L_PAREN)
        commas += depth == 1 and tokens[index].token_type == TokenType.COMMA
        if depth <= 0 and tokens[index].token_type == TokenType.L_PAREN:
            return tokens[index - 1].text.upper(), expected, commas + 1 if at > index + 1 else 0
    return tokens[at].text.upper(), expected, commas


def _is_inside(name: str, tokens: list[Token], at: int) -> bool:
    """Whether a token stands in the brackets after a name."""
    depth = 0
    for index in range(at - 1, 0, -1):
        depth += (tokens[index].token_type == TokenType.L_PAREN) - (tokens[index].token_type == TokenType.R_PAREN)
        if depth > 0 and tokens[index - 1].text.upper() == name:
            return True
    return False


def _unexpected(sql: str, tokens: list[Token], word: str) -> Exception:
    def is_meant(token: Token) -> bool:
        return any(text.upper().startswith(word.upper()) for text in (token.text, sql[token.start : token.end + 1]))

    return errors.syntax_error(sql, next((token.start for token in tokens if is_meant(token)), 0), word)


def _is_column_type(tokens: list[Token], at: int) -> bool:
    """Whether the word stands where the type of a new column does: `CREATE TABLE t (name HERE`."""
    if tokens[0].text.upper() != "CREATE" or at < 2 or tokens[at].token_type != TokenType.VAR:
        return False
    return tokens[at - 2].text in ("(", ",") and tokens[at - 1].token_type in (TokenType.VAR, TokenType.IDENTIFIER)


# What sqlglot reads into the same tree as Snowflake's own: words that follow one another.
_FOREIGN_WORDS = frozenset(
    {
        ("*", "EXCEPT", "("),
        ("USING", "SAMPLE"),
        ("AS", "FROM"),
        ("(", "FROM"),
        ("IN", "["),
        ("ARRAY", "["),
        ("MAP", "{"),
        (":", "]"),
        # Recorded: frostlake/query-like-any-all.
        ("LIKE", "SOME"),
        ("ILIKE", "SOME"),
        ("ILIKE", "ALL"),
        ("NOT", "LIKE", "ANY"),
        ("NOT", "LIKE", "ALL"),
        ("NOT", "ILIKE", "ANY"),
    }
)
_SAMPLES = frozenset({"SAMPLE", "TABLESAMPLE", "BERNOULLI", "ROW", "SYSTEM", "BLOCK"})


def _is_foreign(tokens: list[Token], words: list[str], index: int) -> bool:
    near = tuple(words[index : index + 3])
    if near[1:] == ("[", "]"):  # INT[], DuckDB's type of a list
        return tokens[index].token_type in SnowflakeParser.TYPE_TOKENS
    if near[0] == "LIMIT" and near[2:] == (",",) and words[index - 1] not in ("(", ","):  # MySQL's offset, no column
        return True
    if len(tokens) > index + 1 and tokens[index + 1].token_type == TokenType.NUMBER:
        ends_as_share = words[index + 2 : index + 4] in (["%", ")"], ["PERCENT", ")"])
        if near[0] in _SAMPLES or (near[0] == "(" and ends_as_share):
            return True
    return near in _FOREIGN_WORDS or near[:2] in _FOREIGN_WORDS


def _refuse_element_constraints(words: list[str]) -> None:
    """Refuses by name what sqlglot has no tree for: https://docs.snowflake.com/en/sql-reference/data-types-structured"""
    for index in range(len(words) - 2):
        if words[index : index + 2] != ["ARRAY", "("]:
            continue
        depth = 0
        for at, word in enumerate(words[index + 1 :], start=index + 1):
            depth += (word == "(") - (word == ")")
            if depth == 1 and words[at : at + 2] == ["NOT", "NULL"]:
                raise errors.not_emulated("NOT NULL of an ARRAY's elements")
            if depth == 0:
                break


def _refuse_bare_comment(sql: str, tokens: list[Token], words: list[str]) -> None:
    """The comment of a table needs a `=`, which that of a column does not have: frostlake/ddl-comment-clause."""
    if words[:1] != ["CREATE"] or "TABLE" not in words[:5]:
        return
    depth = 0
    for word, token in zip(words, tokens[1:], strict=False):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "AS":
            return
        if depth == 0 and word == "COMMENT" and token.token_type == TokenType.STRING:
            raise errors.syntax_error(sql, token.start, f"'{token.text}'")


def _is_name(lateral: Expr) -> bool:
    """Whether what sqlglot has read as a LATERAL source is a table of that name."""
    is_dotted = isinstance(lateral.this, exp.Dot) and lateral.this.args.get("this") is None
    return is_dotted or isinstance(lateral.parent, exp.Insert)


def _is_c_number(sql: str, token: Token) -> bool:
    """Whether a number is written as 0x1F."""
    return token.token_type == TokenType.HEX_STRING and sql[token.start : token.start + 2].upper() == "0X"


def _ordered_argument(tokens: list[Token], words: list[str]) -> Token | None:
    """The ORDER among a function's arguments, which Snowflake has in WITHIN GROUP: `ARRAY_AGG(x ORDER BY y)`.

    https://docs.snowflake.com/en/sql-reference/functions/listagg
    """
    calls: list[bool] = []  # of each open bracket, whether it holds arguments
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.L_PAREN:
            opens_query = words[index + 1 : index + 2] in (["SELECT"], ["WITH"], ["("])
            is_call = index > 0 and tokens[index - 1].token_type == TokenType.VAR and not opens_query
            calls.append(is_call and words[index - 1] not in ("OVER", "GROUP", "WITHIN GROUP"))
        elif token.token_type == TokenType.R_PAREN and calls:
            calls.pop()
        elif token.token_type == TokenType.ORDER_BY and calls and calls[-1]:
            return token
    return None


def _reads_first(tokens: list[Token], index: int) -> bool:
    """Whether the query of an INSERT begins with FROM, as DuckDB's may, or is a list of SET, as MySQL's may."""
    if tokens[0].token_type != TokenType.INSERT or tokens[index].token_type not in (TokenType.FROM, TokenType.SET):
        return False
    return not any(token.token_type in _QUERIES for token in tokens[:index])


_QUERIES = (TokenType.SELECT, TokenType.WITH, TokenType.VALUES)


# What Snowflake has, and the emulator does not: constructs that sqlglot reads and DuckDB would not know.
_NOT_EMULATED_TYPES = frozenset({"GEOGRAPHY", "GEOMETRY", "VECTOR", "INTERVAL", "FILE", "MAP"})
_ADDED = (exp.Add, exp.Sub, exp.Paren, exp.WindowSpec)


def _refused_sample(node: Expr) -> str:
    """A number of rows is of up to a million, and of no blocks. What a seed would do to it is not said.

    https://docs.snowflake.com/en/sql-reference/constructs/sample
    """
    size, method = node.args.get("size"), str(node.args.get("method") or "")
    if size is None:
        return ""
    if method in ("SYSTEM", "BLOCK") or node.args.get("seed"):
        return "SAMPLE of a number of rows by blocks or with a seed"
    is_allowed = isinstance(size, exp.Literal) and size.is_int and int(size.name) <= 1_000_000
    return "" if is_allowed else "SAMPLE of another number of rows"


_NOT_EMULATED: tuple[tuple[type[Expr], Callable[[Expr], str]], ...] = (
    (exp.MatchRecognize, lambda node: "MATCH_RECOGNIZE"),
    (exp.Lateral, lambda node: "LATERAL as a name" if _is_name(node) else ""),
    (exp.Lock, lambda node: "SELECT ... FOR UPDATE"),
    (exp.Column, lambda node: "the outer join mark (+)" if node.args.get("join_mark") else ""),
    (exp.DataType, lambda node: f"the type {node.this.name}" if node.this.name in _NOT_EMULATED_TYPES else ""),
    (exp.CollateColumnConstraint, lambda node: "COLLATE"),
    (exp.Collate, lambda node: "COLLATE"),
    (exp.Interval, lambda node: "" if isinstance(node.parent, _ADDED) else "an INTERVAL as a value"),
    (exp.GeneratedAsIdentityColumnConstraint, lambda node: "a computed column" if node.expression else ""),
    (exp.Literal, lambda node: "" if node.is_string or isfinite(float(node.name)) else "a FLOAT beyond 1.8e308"),
    (exp.TableSample, _refused_sample),
    (exp.CTE, _refused_cte),
    (
        exp.Literal,
        lambda node: "" if node.is_string or _count_digits(node) <= _LONGEST else "a number of more than 38 digits",
    ),
    (exp.Escape, lambda node: "" if _is_escape(node.expression) else "ESCAPE of anything but one character"),
    (exp.JSONPathRecursive, lambda node: "a path with two dots"),
    (exp.CheckColumnConstraint, lambda node: "CHECK"),
    (exp.MaskingPolicyColumnConstraint, lambda node: "MASKING POLICY"),
    (exp.ProjectionPolicyColumnConstraint, lambda node: "PROJECTION POLICY"),
)


def _count_digits(number: Expr) -> int:
    """The digits of a number as it is written; none of one that still has an exponent, which is a FLOAT."""
    written = "" if number.is_string else number.name.replace(".", "").lstrip("0")
    return len(written) if written.isdigit() else 0


def _is_escape(escape: Expr) -> bool:
    return not isinstance(escape, exp.Literal) or len(escape.name) == 1


def _is_empty_list(node: Expr) -> bool:
    return isinstance(node.this, exp.Tuple) and not node.this.expressions


def _given(name: str, word: str) -> Callable[[Expr], str]:
    """The word, if the node has an argument of the name."""
    return lambda node: word if node.args.get(name) else ""


def _infix(word: str) -> Callable[[Expr], str]:
    """The operator, unless the node was made by a function of Snowflake's that means the same, as BITAND does."""
    return lambda node: "" if CALLED in node.meta else word


def _join(node: Expr) -> str:
    if node.args.get("kind") in ("SEMI", "ANTI"):
        return str(node.args["kind"])
    if node.args.get("method") == "ASOF" and not node.args.get("match_condition"):
        return "ON" if node.args.get("on") else "ASOF"
    if node.args.get("method") == "ASOF" and node.args.get("side"):
        return str(node.args["side"])
    if node.args.get("kind") == "CROSS" and node.args.get("on"):
        return "ON"
    return "POSITIONAL" if node.args.get("method") == "POSITIONAL" else ""


def _limit(node: Expr) -> str:
    options = node.args.get("limit_options")
    if options is not None and options.args.get("percent"):
        return "%"
    return _count(node)


def _count(node: Expr) -> str:
    """What stands where a number of rows may: https://docs.snowflake.com/en/sql-reference/constructs/limit"""
    count = node.expression
    is_number = isinstance(count, exp.Literal) and (count.name.isdigit() != count.is_string or not count.name)
    if is_number or isinstance(count, exp.Null | exp.Placeholder | exp.Parameter):
        return ""
    signs: dict[type[Expr], str] = {exp.Subquery: "(", exp.Paren: "(", exp.Neg: "-"}
    return signs.get(type(count)) or str(count.sql("snowflake")).upper()


def _no_column(node: Expr) -> str:
    """A word that names no column where a value is asked for, unless it is quoted or behind a table's name.

    https://docs.snowflake.com/en/sql-reference/reserved-keywords; recorded: frostlake/functions-try-cast.
    """
    is_target = (
        isinstance(node.parent, exp.EQ) and isinstance(node.parent.parent, exp.Update) and node.arg_key == "this"
    )
    is_word = not is_target and node.name.upper() in ("CAST", "TRY_CAST") and not node.args.get("table")
    return node.name if is_word and not node.this.args.get("quoted") else ""


def _no_name(node: Expr) -> str:
    """A word that names no table, column or query where one is made or read, unless it is quoted.

    https://docs.snowflake.com/en/sql-reference/reserved-keywords; recorded: frostlake/ddl-keyword-column-names,
    frostlake/ddl-name-keyword-positions.
    """
    named = node.args.get("alias") if isinstance(node, exp.CTE) else node
    name = named.this if isinstance(named, exp.Expression) else None
    if not isinstance(name, exp.Identifier) or name.args.get("quoted"):
        return ""
    return name.name if name.name.upper() in _NO_NAMES else ""


_NO_NAMES = frozenset("CHECK FROM GROUP HAVING NULL ORDER QUALIFY SELECT TABLE UNION VALUES WHERE".split())


def _tuple(node: Expr) -> str:
    """A row where one value is: as a column, as an argument, or in SET."""
    parent = node.parent
    in_set = isinstance(parent, exp.EQ) and isinstance(parent.parent, exp.Update)
    is_column = isinstance(parent, exp.Select) and node.arg_key == "expressions"
    return "," if in_set or is_column or isinstance(parent, exp.Alias | exp.Func) else ""


def _method(node: Expr) -> str:
    """A function after a value's dot: `'abc'.upper()`."""
    is_path = isinstance(node.this, exp.Dot | exp.Identifier | exp.Column)
    return "." if isinstance(node.expression, exp.Func | exp.Star) and not is_path else ""


def _slice(node: Expr) -> str:
    """`x[1:2]`, which sqlglot reads as the path 2 in the VARIANT 1."""
    return (
        ":"
        if any(isinstance(one, exp.JSONExtract) and isinstance(one.this, exp.Literal) for one in node.expressions)
        else ""
    )


def _sample(node: Expr) -> str:
    method = node.args["method"].name.upper() if node.args.get("method") else ""
    return "" if method in _SAMPLES | {""} else method


def _select(node: Expr) -> str:
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        return "ON"
    if node.args.get("offset") and not (node.args.get("limit") or node.args.get("fetch")):
        return "OFFSET"
    return "" if node.expressions else "FROM"


def _insert(node: Expr) -> str:
    return next(
        (
            word
            for name, word in (("alternative", "OR"), ("conflict", "ON"), ("by_name", "BY"), ("default", "DEFAULT"))
            if node.args.get(name)
        ),
        "",
    )


def _quoted_file(source: Expr) -> str:
    """A file that DuckDB would read; a stage stands in quotes, too."""
    return str(source.name) if isinstance(source, exp.Literal) and not source.name.startswith("@") else ""


def _when(node: Expr) -> str:
    then = node.args.get("then")
    if isinstance(then, exp.Var) and then.name.upper() == "DO NOTHING":
        return "DO"
    starred = isinstance(then, exp.Insert | exp.Update) and then.find(exp.Star)
    return "*" if starred else ""


_FOREIGN_NODES: tuple[tuple[type[Expr] | tuple[type[Expr], ...], Callable[[Expr], str]], ...] = (
    ((exp.Insert, exp.Update, exp.Delete, exp.Merge), _given("returning", "RETURNING")),
    ((exp.All, exp.Any), lambda node: ")" if _is_empty_list(node) else ""),
    (exp.In, lambda node: "" if any(node.args.get(name) for name in ("expressions", "query", "field")) else ")"),
    (exp.Insert, _insert),
    ((exp.ColumnDef, exp.Table, exp.CTE), _no_name),
    (exp.Delete, _given("limit", "LIMIT")),
    (exp.Delete, _given("order", "ORDER")),
    (exp.Merge, _given("using_cond", "USING")),
    (exp.When, _when),
    (exp.Select, _select),
    (exp.Join, _join),
    (exp.Limit, _limit),
    (exp.Offset, _count),
    (exp.Tuple, _tuple),
    (exp.Dot, _method),
    (exp.Bracket, _slice),
    (exp.WindowSpec, lambda node: "GROUPS" if str(node.args.get("kind")).upper() == "GROUPS" else ""),
    (exp.WindowSpec, _given("exclude", "EXCLUDE")),
    (exp.TableSample, _sample),
    (exp.Between, _given("symmetric", "SYMMETRIC")),
    (exp.AlterColumn, _given("using", "USING")),
    (exp.CTE, lambda node: "" if node.args.get("materialized") is None else "MATERIALIZED"),
    (exp.Pivot, _given("using", "USING")),
    (exp.Filter, lambda node: "FILTER"),
    (exp.BitwiseAnd, _infix("&")),
    (exp.BitwiseOr, _infix("|")),
    (exp.BitwiseXor, _infix("^")),
    (exp.BitwiseNot, _infix("~")),
    (exp.BitwiseLeftShift, _infix("<")),
    (exp.BitwiseRightShift, _infix(">")),
    (exp.Column, _no_column),
    (exp.Table, lambda node: _quoted_file(node.this)),
    (exp.Like, lambda node: "LIKE" if isinstance(node.this, exp.Star) else ""),
    (exp.DataType, lambda node: "UNION" if node.this == exp.DType.UNION else ""),
    (exp.Concat, lambda node: "" if CALLED in node.meta else str(node.expressions[-1].name)),
)
