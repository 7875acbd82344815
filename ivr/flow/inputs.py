"""What the outside hands to a waiting session: keys, the end of a talk, or that the caller is gone.

Knows only the inputs' shape. Which of them a wait accepts is the session's business.
"""

from dataclasses import dataclass
from enum import StrEnum


class TalkEnd(StrEnum):
    """How the search for an agent ended while the caller is still on the line."""

    TALKED = "talked"
    NO_AGENT = "no_agent"


@dataclass(frozen=True, slots=True)
class KeysGiven:
    """The keys pressed at an ``Ask``, without the ``#`` that ends them.

    ``timed_out`` says that the wait ran out; no digits and not timed out means: only ``#`` was pressed.
    """

    digits: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class TalkOver:
    """The answer to a ``Connect``."""

    end: TalkEnd


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller hung up, or the line was lost; accepted by every wait."""


Input = KeysGiven | TalkOver | CallerGone
