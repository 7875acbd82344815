"""What a flow finds out: votes, choices, digits. Facts to be kept, in the order they were given."""

from dataclasses import dataclass
from typing import Literal

SkipReason = Literal["no_input", "invalid", "gone"]


@dataclass(frozen=True, slots=True)
class Voted:
    """The caller gave a score."""

    node: str
    score: int


@dataclass(frozen=True, slots=True)
class VoteSkipped:
    """The caller was asked for a score and gave none."""

    node: str
    why: SkipReason


@dataclass(frozen=True, slots=True)
class Chosen:
    """The caller took an exit of a menu. ``label`` is what the flow calls that key, or empty."""

    node: str
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The caller pressed a key whose wish nobody could keep: his number is not known."""

    node: str
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The caller typed digits; ``name`` is what the flow calls them."""

    node: str
    name: str
    digits: str


Result = Voted | VoteSkipped | Chosen | Declined | Gathered
