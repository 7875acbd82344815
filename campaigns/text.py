"""What no name, reference or note may hold, wherever it comes from.

Names are shown to agents, printed in terminals and written into files: a sign that moves a cursor or turns
the text around it would let a list say one thing and show another. Signs that scripts need (joiners, marks of
direction that only concern their neighbours) stay.
"""

import unicodedata
from typing import Final

TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates of the bidirectional algorithm (UAX 9)."""

LINE_SIGNS: Final = frozenset("\n\t")
"""Control characters that belong in a text of several lines."""


def unfit(text: str) -> str | None:
    """Say what in a text must not be there; None when all of it may."""
    if text.isprintable():
        return None
    for sign in text:
        if sign in TURNING:
            return f"holds U+{ord(sign):04X}, which turns text around: delete it"
        if unicodedata.category(sign) in ("Cc", "Cs") and sign not in LINE_SIGNS:
            return "holds control characters"
    return None


def shown(text: str) -> str:
    """Return a text with every sign that is not printable written out, for a terminal or a log."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else _written_out(sign) for sign in text)


def _written_out(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
