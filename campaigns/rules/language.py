"""Codes of languages, however they are written. Must not know which languages are spoken here."""

import re
from typing import Final

_PLAIN: Final = frozenset(("", "en", "es", "fr", "de", "it", "pt", "zh", "hi"))
"""Codes that need no looking at; most customers have one of them."""

_CODE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def language_code(text: str) -> str:
    """Return a language code in small letters with dashes, "" for none; raises ``ValueError``."""
    if text in _PLAIN:
        return text
    if _CODE.fullmatch(text) is None:
        raise ValueError(f"{text[:40]!r} is not a language code like en or es-MX")
    return text.replace("_", "-").lower()
