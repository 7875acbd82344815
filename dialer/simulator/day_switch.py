"""A switch for a simulated day: customers who answer or do not, and the dialplan's promises to those who do.

``DaySwitch`` is the in-memory switch whose numbers behave as the scenario draws it; ``DayDialplan`` hands
answered calls to the service as the real dialplan does, keeps the connect limit and plays the information
message. Must not know pacing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from random import Random
from typing import Any, Final

from dialer.memory import Course, MemoryTelephony
from dialer.ports import Clock
from dialer.simulator.scenario import Scenario
from dialer.telephony import Dial, Kind, SwitchEvent
from ivr.agi.line import Line
from ivr.agi.memory import ScriptedLine, scripted_request

MESSAGE_S: Final = 12.0
"""How long the information message takes."""

LINE_FAILED: Final = (38, 503)
"""What a failed trunk says: Q.850 cause and SIP status."""

BUSY_AFTER_S: Final = 7.9
"""A call that ended sooner than this was busy or declined; later it rang out."""

OnAnswer = Callable[[Line], Awaitable[None]]


class DaySwitch(MemoryTelephony):
    """A switch on which every call behaves as the scenario draws it, at the moment it is placed."""

    def __init__(
        self, clock: Clock, on_event: Callable[[SwitchEvent], None], scenario: Scenario, seed: int
    ) -> None:
        super().__init__(clock, on_event, asyncio.get_running_loop().call_later)
        self.dials: dict[str, Dial] = {}
        self.failed = 0
        self._scenario = scenario
        self._began = clock.monotonic()
        self._draws = Random(f"{seed} calls")  # noqa: S311 - a simulation wants the same draws again

    async def place(self, dial: Dial) -> None:
        """Draw what becomes of the call, and dial."""
        outcome, delay_s = self._scenario.draw_call(self._clock.monotonic() - self._began, self._draws)
        rings = self._scenario.setup_s
        if outcome == "failed":
            self.failed += 1
            cause, status = LINE_FAILED
            course = Course(ends_after_s=delay_s, cause=cause, tech_cause=status)
        elif outcome == "reached":
            course = Course(ring_after_s=min(rings, delay_s), answer_after_s=delay_s)
        elif delay_s < BUSY_AFTER_S + rings:
            course = Course(ring_after_s=min(rings, delay_s), ends_after_s=delay_s)
        else:
            course = Course(ring_after_s=rings, ends_after_s=delay_s, cause=19, tech_cause=480)
        self.courses[dial.number] = course
        self.dials[dial.attempt_id] = dial
        await super().place(dial)
        del self.courses[dial.number]
        self.placed.clear()

    def leg(self, channel: str) -> tuple[str, str]:
        """Return the id of an agent's leg by its channel's name, and why it cannot be bridged, else empty."""
        leg = next((each for each in self._channels.values() if each.name == channel), None)
        if leg is None:
            return "", "NONEXISTENT"
        return leg.channel_id, "BUSY" if leg.peer else ""

    def _end(self, channel_id: str, cause: int, tech_cause: int | None, reason: int) -> None:
        self.dials.pop(channel_id, None)
        super()._end(channel_id, cause, tech_cause, reason)


class DayDialplan:
    """What the dialplan does with answered calls. ``talk`` is how long two people talk, and what follows."""

    def __init__(
        self,
        clock: Clock,
        switch: DaySwitch,
        on_answer: OnAnswer,
        talk: Callable[[str], Coroutine[Any, Any, None]],
        patience_s: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._switch = switch
        self._on_answer = on_answer
        self._talk = talk
        self._patience_s = patience_s
        self._running: set[asyncio.Task[None]] = set()

    def hear(self, event: SwitchEvent) -> None:
        """Take an event of the switch: an answered customer is handed to the service."""
        if event.kind is Kind.UP and event.channel_id in self._switch.dials:
            task = asyncio.create_task(self._answered(event.channel_id, event.channel))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Break off what runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _answered(self, attempt_id: str, channel: str) -> None:
        """One answered call, from the connect limit to the hangup."""
        talking = asyncio.Event()
        limit_s = float(self._switch.dials[attempt_id].variables["LIMIT"])
        patience_s = self._patience_s()

        async def talk(words: tuple[str, ...]) -> str:
            leg_id, refused = self._switch.leg(words[0])
            if refused:
                return refused
            talking.set()
            self._switch.bridge(attempt_id, leg_id)
            await self._talk(attempt_id)
            await self._switch.release_agent(words[0])
            return "SUCCESS"

        request = scripted_request("outbound", attempt_id, agi_channel=channel)
        line = ScriptedLine(request=request, variables={"ATT": attempt_id}, talk=talk)
        served = asyncio.create_task(self._serve(line))
        limit = asyncio.get_running_loop().call_later(min(limit_s, patience_s), _cut, line, talking)
        await asyncio.wait({served})
        limit.cancel()
        if line.hung_up and not talking.is_set() and limit_s <= patience_s:
            await asyncio.sleep(MESSAGE_S)
        if attempt_id in self._switch.dials:
            self._switch.hang_up(attempt_id)

    async def _serve(self, line: ScriptedLine) -> None:
        await self._on_answer(line)


def _cut(line: ScriptedLine, talking: asyncio.Event) -> None:
    """The connect limit is over, or the customer's patience is: without a talk he leaves the service."""
    if not talking.is_set():
        line.leave()
