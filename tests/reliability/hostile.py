"""Values that nobody should write, and that must do no harm."""

import string
from typing import Any

from hypothesis import strategies as st

NASTY = (
    "",
    " ",
    "'",
    '"',
    "''",
    '""',
    "\\",
    "\\'",
    "`",
    ";",
    "--",
    "/*",
    "*/",
    "$$",
    "$",
    "A$$B",
    "X; DROP DATABASE DATA_ENG_DEMO",
    "'); DROP DATABASE DATA_ENG_DEMO; --",
    '"; DROP DATABASE DATA_ENG_DEMO; --',
    "<% database %>",
    "{{ 7 * 7 }}",
    "%s",
    "{0}",
    "${HOME}",
    "../../etc/passwd",
    "[data-eng-demo DATA_ENG_DEMO full]",
    "[/red]",
    "\0",
    "\n",
    "\r\nX-Header: 1",
    "\x1b[2J",
    "\ufeff",
    "\u202eABC",
    "\u2028",
    "\ud800",
    "\u017fELECT",
    "\u0131D",
    "ẞ",
    "\uff21",
    "🏔️",
    "SELECT",
    "PUBLIC",
    "NaN",
    "-1",
    "1e999",
    "0x10",
    "local\0",
    "A" * 255,
    "A" * 256,
    "A" * 5000,
)

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=60),
    st.text(st.characters(codec=None), max_size=20),
    st.builds("".join, st.lists(st.sampled_from(NASTY), max_size=4)),
)
# Names that may stand in SQL as they are, and some that come close.
plain_names = st.from_regex(r"[A-Z_][A-Z0-9_$]{0,40}", fullmatch=True)
names = st.one_of(plain_names, st.sampled_from(["A$$B", "A$$", "$A"]), texts)
# What a comment may hold: everything but brackets and what cannot be printed.
printable = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" ", exclude_characters="[]"), max_size=100
) | st.sampled_from([one for one in NASTY if one.isprintable() and not set(one) & set("[]") and len(one) < 200])
numbers = st.one_of(st.integers(-3, 100), st.integers(), st.floats(allow_nan=True, allow_infinity=True))
leaves = st.one_of(
    texts, names, numbers, st.none(), st.booleans(), st.binary(max_size=8), st.dates(), st.just(object())
)
values: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner),
        st.dictionaries(names, inner, max_size=3),
        st.tuples(inner, inner),
    ),
    max_leaves=4,
)

# Recognisable, and long enough to be nothing else. Some need escapes where they are shown.
secrets = st.builds(
    lambda body, tail: f"S3cr3t-{body}{tail}-t3rc3S",
    st.text(string.ascii_letters + string.digits, min_size=8, max_size=12),
    st.sampled_from(["", '"', "'", "\\", "&/+=% ", "é", "$", "\t", "]"]),
)
