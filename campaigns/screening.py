"""What the rules ask of the outside: one question about a number before it is rung.

Implemented by ``gateways/lookups.py`` (HTTP). An implementation never waits for ever: where it
cannot get an answer it refuses, and says when to ask again.
"""

from dataclasses import dataclass
from typing import Protocol

from campaigns.model import Purpose


@dataclass(frozen=True, slots=True)
class Screened:
    """The answer of an outside check.

    ``refusal`` is why the number must not be rung, in plain words, empty when it may be.
    ``retry_after_s`` is set where the refusal is for want of an answer; a refusal without it is final.
    """

    refusal: str = ""
    retry_after_s: float | None = None


class ExternalCheck(Protocol):
    """A check before the call: a registry, a customer system, a line-type look-up."""

    async def ask(self, number: str, purpose: Purpose, campaign_id: int) -> Screened:
        """Ask about one call; fails closed."""
