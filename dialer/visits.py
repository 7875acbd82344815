"""Visits of one campaign to the door, side by side: whoever asks the outside check holds nobody else up.

Knows where each visit stands, and when what it asked for may be sent. Must not know leads, nor how many calls
are right.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Final

import structlog

from dialer.door import Launch
from dialer.pacing.even_rate import EvenRate, rate_window_s
from dialer.ports import Clock

log = structlog.get_logger()

LOOK_AGAIN_S: Final = 0.02
"""How soon to look again when a second's calls are used up; the next one is due at any moment."""

Outcome = Launch | BaseException


class SendRate:
    """How many calls of one campaign may be sent now: so many in a second, spread evenly over it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent: deque[float] = deque()
        self._even = EvenRate()

    def left(self, calls_per_second: float) -> int:
        """Return how many may be sent now."""
        now = self._clock.monotonic()
        since = now - rate_window_s(calls_per_second)
        while self._sent and self._sent[0] <= since:
            self._sent.popleft()
        in_second = max(1, int(calls_per_second)) - len(self._sent)
        return min(in_second, self._even.allowed(now, calls_per_second))

    def sent(self, moment: float, calls: int, calls_per_second: float) -> None:
        """Note that calls were sent at a moment."""
        self._sent.extend([moment] * calls)
        self._even.sent(moment, calls, calls_per_second)

    def wait_s(self) -> float:
        """Return how long until one more may be sent, as far as that is known."""
        return self._even.wait_s(self._clock.monotonic()) or LOOK_AGAIN_S


class Stage(Enum):
    """Where a visit stands."""

    AT_THE_DOOR = auto()  # a moment's work
    ASKING = auto()  # the outside check is asked
    ALLOWED = auto()  # it has answered, and the call is about to be placed
    ON_THE_BOARD = auto()  # the call is counted as any other


class Errand(Enum):
    """What a visit is for."""

    RESERVED = auto()  # a call that reserves an agent
    AHEAD = auto()  # a call for whoever is free by then, or for nobody
    ASKED_FOR = auto()  # the call of a lead that its agent asks for
    SHOWN = auto()  # a lead to be laid before an agent; no call


class Visit:
    """One visit, as the last check paces it (``last_check.Pace``).

    ``came_out`` is done when nobody need wait for it any more: it is over, or it asks outside.
    """

    def __init__(
        self,
        errand: Errand,
        asks: Callable[["Visit"], None],
        turn: Callable[[], Awaitable[None]],
        allows: Callable[["Visit"], bool],
    ) -> None:
        self.errand = errand
        self.stage = Stage.AT_THE_DOOR
        self.came_out: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
        self._asks, self._turn, self._allows = asks, turn, allows

    def asks(self) -> None:
        """The outside check is asked."""
        self.stage = Stage.ASKING
        self._asks(self)
        self.over(None)

    async def turn(self) -> None:
        """Wait until one more call may be sent."""
        if self.errand is not Errand.SHOWN:
            await self._turn()

    def allows(self) -> bool:
        """Say whether the call still fits; it is about to be placed then."""
        allowed = self._allows(self)
        if allowed:
            self.stage = Stage.ALLOWED
        return allowed

    def placed(self) -> None:
        """The call is on the board."""
        self.stage = Stage.ON_THE_BOARD

    def over(self, outcome: Outcome | None) -> None:
        """Let go whoever waits for it."""
        if not self.came_out.done():
            self.came_out.set_result(outcome)


class Visits:
    """The visits of one campaign under way. ``wake`` is called when one that asked outside is over."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._tasks: set[asyncio.Task[None]] = set()
        self._late: list[Outcome] = []

    @property
    def under_way(self) -> bool:
        """Whether any visit is not over, or has come to something that nobody has looked at."""
        return bool(self._tasks or self._late)

    @property
    def has_news(self) -> bool:
        """Whether a visit that asked outside has come to something that nobody has looked at."""
        return bool(self._late)

    def news(self) -> Sequence[Outcome]:
        """Return what visits that asked outside came to, once."""
        late, self._late = self._late, []
        return late

    async def go(self, visits: Sequence[tuple[Visit, Awaitable[Launch]]]) -> Sequence[Outcome]:
        """Make visits side by side; returns what those came to that did not ask outside."""
        for visit, door in visits:
            task = asyncio.create_task(self._make(visit, door), name="visit to the door")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # All are waited for, also when one fails: what was placed counts for the rate.
        await asyncio.wait([visit.came_out for visit, _ in visits])
        came_to = [visit.came_out.result() for visit, _ in visits]
        return [outcome for outcome in came_to if outcome is not None]

    async def _make(self, visit: Visit, door: Awaitable[Launch]) -> None:
        outcome: Outcome
        try:
            outcome = await door
        except asyncio.CancelledError as cut_off:
            visit.over(cut_off)
            raise
        except Exception as fault:
            outcome = fault
        if visit.came_out.done():
            self._late.append(outcome)
            self._wake()
        visit.over(outcome)

    async def close(self) -> None:
        """Wait until all are over: the door is closed, or each will find that it may not call."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        for outcome in self.news():
            if isinstance(outcome, BaseException):
                log.error("visit to the door failed", exc_info=outcome)

    def cut_off(self) -> None:
        """Break off all that is under way."""
        for task in self._tasks:
            task.cancel()
