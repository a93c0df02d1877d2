"""Numbers as texts by a fixed-position format model, such as `$99,990.00`.

https://docs.snowflake.com/en/sql-reference/sql-format-models#numeric-format-models
"""

import re
from functools import reduce

from sqlglot import Expr, exp

from .. import errors
from .casts import duck_cast
from .macros import call

_LITERAL = r'"(?:[^"]|"")*"|[;:=/()-]'
_MODEL = re.compile(
    rf"(?P<compact>FM)?(?P<before>(?:{_LITERAL})*)(?P<first>S|MI)?(?P<dollar>\$)?(?P<blank>B)?"
    rf"(?P<whole>[09][09,G]*)(?:[.D](?P<fraction>[09]*))?(?P<last>S|MI)?(?P<after>(?:{_LITERAL})*)",
    re.IGNORECASE,
)
_MOST = 37  # digits of a NUMBER, and a sign's place


def written(number: Expr, model: str) -> Expr:
    """The text of a NUMBER or FLOAT by a model. Refuses by name what no page shows the output of."""
    found = _MODEL.fullmatch(model)
    if found is None:
        raise errors.not_emulated(f"TO_VARCHAR with the format '{model}'")
    whole, fraction = found["whole"].upper().replace("G", ","), found["fraction"] or ""
    digits = whole.replace(",", "")
    sign = "".join((found["first"] or "", found["last"] or "")).upper()
    is_compact = found["compact"] is not None
    has_last = found["last"] is not None
    is_unclear = (
        not re.fullmatch("9*0*", digits)
        or not re.fullmatch("0*9*", fraction)
        or whole.endswith(",")
        or found["fraction"] == ""
        or len(digits + fraction) > _MOST
        or (found["first"] is not None and has_last)
        or (bool(sign) and (found["dollar"] or found["blank"]))
        or (found["blank"] is not None and "0" in digits)
    )
    if is_unclear:
        raise errors.not_emulated(f"TO_VARCHAR with the format '{model}'")
    widest = f"{whole}{'.' if fraction else ''}{fraction}"
    text = call(
        "by_model",
        number,
        duck_cast(exp.Anonymous(this="abs", expressions=[number.copy()]), f"DECIMAL(38,{len(fraction)})", safe=True),
        exp.Literal.string(f"{sign}{'>' if sign and has_last else ''}"),
        exp.Literal.string("$" if found["dollar"] else ""),
        exp.Literal.string(re.sub("[09]", "#", widest)),
        exp.Array(expressions=[exp.Literal.number(len(one.replace(",", ""))) for one in _after_separators(whole)]),
        exp.Literal.number(len(digits)),
        exp.Literal.number(0 if found["blank"] else max(1, digits.count("0"))),
        exp.Literal.number(len(fraction)),
        exp.Literal.number(fraction.count("0")),
        exp.Boolean(this=is_compact),
    )
    pieces = [_plain(found["before"]), text, _plain(found["after"])]
    return reduce(_joined, (one for one in pieces if one))


def _joined(left: Expr, right: Expr) -> Expr:
    return exp.paren(exp.DPipe(this=left, expression=right), copy=False)


def read(text: Expr, model: str) -> tuple[Expr, Expr]:
    """The digits of a text that fits a model, or one of several between `|`, with their sign; and whether it fits.

    The match is lax: what stands around a number may be blank, and separators may be left out. What no page tells, such
    as whether a `$` or S may be missing, is refused by name.
    """
    patterns = [_pattern(one) for one in model.split("|")]
    fits = exp.Anonymous(
        this="regexp_full_match",
        expressions=[text.copy(), exp.Literal.string("|".join(f"({one})" for one in patterns))],
    )
    return call("model_digits", text), fits


def _pattern(model: str) -> str:
    found = _MODEL.fullmatch(model)
    if found is None or found["before"] or found["after"] or found["blank"] or found["dollar"]:
        raise errors.not_emulated(f"TO_NUMBER with the format '{model}'")
    whole, fraction = found["whole"].upper().replace("G", ","), found["fraction"] or ""
    signs = {(found[place] or "").upper() for place in ("first", "last")}
    if "S" in signs or whole.endswith(",") or not re.fullmatch("9*0*", whole.replace(",", "")):
        raise errors.not_emulated(f"TO_NUMBER with the format '{model}'")
    if not re.fullmatch("0*9*", fraction) or found["fraction"] == "" or (found["first"] and found["last"]):
        raise errors.not_emulated(f"TO_NUMBER with the format '{model}'")
    before = r"([-+] *)?" if found["first"] else "" if found["last"] else r"(- *)?"
    least = fraction.count("0")
    behind = rf"\.\d{{{least},{len(fraction)}}}" if least else rf"(\.\d{{0,{len(fraction)}}})?"
    after = "[-+ ]?" if found["last"] else ""
    return rf"\s*{before}({'|'.join(_digits(whole))}){behind if fraction else ''}{after}\s*"


def _digits(whole: str) -> list[str]:
    """The patterns of a whole number, without separators and with them."""
    sizes, least = [len(group) for group in whole.split(",")], whole.count("0")
    patterns = [rf"\d{{{max(1, least)},{sum(sizes)}}}"]
    for at, size in enumerate(sizes[:-1]):
        fewest = max(1, least - sum(sizes[at + 1 :]))
        if fewest <= size:
            patterns.append(rf"\d{{{fewest},{size}}}" + "".join(rf",\d{{{rest}}}" for rest in sizes[at + 1 :]))
    return patterns


def _after_separators(whole: str) -> list[str]:
    """What stands behind each separator."""
    return [whole[at + 1 :] for at, character in enumerate(whole) if character == ","]


def _plain(literals: str) -> Expr | None:
    """The text of the literals of a model, if there are any."""
    pieces = re.findall(_LITERAL, literals)
    text = "".join(one[1:-1].replace('""', '"') if one.startswith('"') else one for one in pieces)
    return exp.Literal.string(text) if text else None
