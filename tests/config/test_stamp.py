"""The ownership stamp at the end of a comment."""

import base64
import zlib

import pytest

from config import CONFIG
from src.config import Stamp, read_stamp


@pytest.mark.parametrize("stamp", [Stamp("D", "full"), Stamp("ALICE_D", "quick"), Stamp("D", "full", standard=True)])
@pytest.mark.parametrize("comment", ["", "What it is for.", "Looks [like] one"])
def test_what_is_stamped_is_read_back(stamp: Stamp, comment: str) -> None:
    assert read_stamp(stamp.on(comment)) == stamp


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "A comment of another product.",
        "[data-eng-demo]",
        "[data-eng-demo DATA_ENG_DEMO]",
        "[data-eng-demo DATA_ENG_DEMO full] and more",
        "[other DATA_ENG_DEMO full]",
        "data-eng-demo DATA_ENG_DEMO full",
    ],
)
def test_other_comments_carry_no_stamp(comment: str | None) -> None:
    assert read_stamp(comment) is None


def test_two_prefixes_are_two_deployments() -> None:
    assert CONFIG.with_prefix("ALICE").stamp != CONFIG.with_prefix("BOB").stamp


def test_the_stamp_says_the_mode() -> None:
    assert str(CONFIG.stamp) == "[data-eng-demo DATA_ENG_DEMO full]"
    assert str(CONFIG.quick().stamp) == "[data-eng-demo DATA_ENG_DEMO quick]"


def test_a_stamp_that_nests_or_unpacks_without_end_is_read_as_edited() -> None:
    for text in ("[" * 100_000, '{"comment": "' + "x" * 3_000_000 + '"}'):
        packed = base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")
        stamp = read_stamp(f"x [data-eng-demo D full adopted {packed}]")
        assert stamp is not None
        assert stamp.previous == {}
