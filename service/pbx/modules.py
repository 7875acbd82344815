"""Which modules of Asterisk our calls use: what ``asterisk/conf/modules.conf`` names."""

import re
from collections.abc import Sequence

from service.pbx.places import PRODUCT_CONF

_OTHERS_SERVE = frozenset({"res_timing_timerfd.so"})
"""Of these an existing Asterisk may have another kind: it keeps time by DAHDI, say."""


def our_modules() -> Sequence[str]:
    """Return all of them."""
    return _named("require|load")


def required_modules() -> Sequence[str]:
    """Return those without which, in any Asterisk, whoever answers would be hung up on or not be called."""
    return [name for name in _named("require") if name not in _OTHERS_SERVE]


def _named(how: str) -> Sequence[str]:
    text = (PRODUCT_CONF / "modules.conf").read_text(encoding="utf-8")
    return re.findall(rf"^(?:{how}) => (\S+)", text, re.MULTILINE)
