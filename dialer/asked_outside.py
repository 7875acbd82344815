"""The outside check as it is asked: how long its answers took lately, and who waits for one.

Must not know what is asked, nor what an answer means.
"""

from collections import deque
from typing import Final

from campaigns.model import Purpose
from campaigns.screening import ExternalCheck, Screened
from dialer.ports import Clock

LATELY: Final = 20
"""How many answers the figure is made of."""


class AskedOutside:
    """An outside check that is watched; asked as any other."""

    def __init__(self, check: ExternalCheck, clock: Clock) -> None:
        self._check = check
        self._clock = clock
        self._took: deque[float] = deque(maxlen=LATELY)
        self._since: dict[object, float] = {}  # oldest first

    async def ask(self, number: str, purpose: Purpose, campaign_id: int) -> Screened:
        """Ask about one call."""
        asking, began = object(), self._clock.monotonic()
        self._since[asking] = began
        try:
            answer = await self._check.ask(number, purpose, campaign_id)
        finally:
            del self._since[asking]
        self._took.append(self._clock.monotonic() - began)
        return answer

    @property
    def took_s(self) -> float:
        """How long an answer takes, in seconds: the mean of the last ones, or so far of the one that
        has been waited for longest, where that is more."""
        mean = sum(self._took) / len(self._took) if self._took else 0.0
        oldest = next(iter(self._since.values()), None)
        return mean if oldest is None else max(mean, self._clock.monotonic() - oldest)
