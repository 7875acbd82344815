"""Names read as they are: what turns text around or moves a cursor is refused, what scripts need is not."""

import pytest

from campaigns.text import TURNING, shown, unfit


@pytest.mark.parametrize(
    "text",
    [
        "Ana Morales",
        "Łukasz",
        "李小龍",
        "محمد",
        "שרה\u200f",
        "नि\u200dक",
        "two\nlines",
        "a\tb",
        "",
        "e\u0301",
        "🙂",
    ],
)
def test_names_of_every_script_are_fit(text: str) -> None:
    assert unfit(text) is None


@pytest.mark.parametrize("sign", sorted(TURNING))
def test_what_turns_text_around_is_named(sign: str) -> None:
    assert f"U+{ord(sign):04X}" in (unfit(f"Ann {sign}gnp.exe") or "")


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x85", "\r", "\ud800"])
def test_control_characters_are_unfit(sign: str) -> None:
    assert unfit(f"a{sign}b") == "holds control characters"


def test_a_terminal_sees_the_signs_and_does_not_obey_them() -> None:
    assert shown("Ann\x1b[31m\u202e\ud800") == r"Ann\x1b[31m\u202e\ud800"
    assert shown("José\nMía") == "José\nMía"
