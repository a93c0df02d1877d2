"""The words for parts of dates and times that a function takes, as they are written: sqlglot makes one of several.

A part that is no span of time, as the day of a week, can be read and not added.
https://docs.snowflake.com/en/sql-reference/functions-date-time#supported-date-and-time-parts
Recorded: frostlake/DatePartAliasTest, frostlake/DatePartVocabularyTest.
"""

from sqlglot.tokenizer_core import Token, TokenType

from .. import errors

SPANS = frozenset(
    """
    YEAR Y YY YYY YYYY YR YEARS YRS QUARTER Q QTR QTRS QUARTERS MONTH MM MON MONS MONTHS WEEK W WK
    DAY D DD DAYS DAYOFMONTH HOUR H HH HR HOURS HRS MINUTE M MI MIN MINUTES MINS SECOND S SEC SECONDS SECS
    MILLISECOND MS MSEC MILLISECONDS MICROSECOND US USEC MICROSECONDS
    NANOSECOND NS NSEC NANOSEC NSECOND NANOSECONDS NANOSECS NSECONDS
    """.split()
)
# EXTRACT and DATE_PART know no fraction but nanoseconds. Recorded: frostlake/docs/functions.md.
_FRACTIONS = frozenset("MILLISECOND MS MSEC MILLISECONDS MICROSECOND US USEC MICROSECONDS".split())
_WEEKS = frozenset("WEEKISO WEEK_ISO WEEKOFYEARISO WEEKOFYEAR_ISO".split())
_READ_ALONE = frozenset(
    """
    DAYOFWEEK WEEKDAY DOW DW DAYOFWEEKISO DAYOFWEEK_ISO WEEKDAY_ISO DOW_ISO DW_ISO DAYOFYEAR YEARDAY DOY DY
    WEEKOFYEAR WOY WY YEAROFWEEK YEAROFWEEKISO
    EPOCH_SECOND EPOCH EPOCH_SECONDS EPOCH_MILLISECOND EPOCH_MILLISECONDS EPOCH_MICROSECOND EPOCH_MICROSECONDS
    EPOCH_NANOSECOND EPOCH_NANOSECONDS TIMEZONE_HOUR TZH TIMEZONE_MINUTE TZM
    """.split()
)
PARTS = SPANS | _WEEKS | _READ_ALONE
READ = PARTS - _FRACTIONS

_OF_SPANS = frozenset("DATEADD TIMEADD TIMESTAMPADD DATEDIFF TIMEDIFF TIMESTAMPDIFF DATE_TRUNC".split())
FUNCTIONS = _OF_SPANS | {"DATE_PART", "EXTRACT"}
_NO_WORDS = (TokenType.NULL, TokenType.NUMBER)


def refuse_unknown(call: list[Token]) -> None:
    """Of a call of one of FUNCTIONS: 002151 for a word that is no span of time, 001008 for EXTRACT and DATE_PART."""
    function = call[0].text.upper()
    if len(call) < 4 or call[2].token_type in _NO_WORDS:
        return
    if call[3].token_type != TokenType.COMMA and call[3].text.upper() != "FROM":
        return
    is_as_written = call[2].token_type == TokenType.STRING or function == "EXTRACT"
    written, word = call[2].text if is_as_written else call[2].text.upper(), call[2].text.upper()
    if word == "NSECS" or (function in _OF_SPANS and word in _WEEKS):
        raise errors.not_emulated(f"{function} of {word}")
    if function not in _OF_SPANS:
        if word not in READ:
            raise errors.not_a_date_part(written, function)
    elif word not in SPANS:
        raise errors.unknown_date_part(written, function)
