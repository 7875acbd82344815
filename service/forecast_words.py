"""The words of ``dialer forecast``: options become a question, an answer becomes plain data.

Knows how days, clocks and shifts are written. Must not know what is done with them.
"""

from datetime import date, time
from typing import Any

from campaigns.model import DialMode
from console.schemas.forecast import ForecastOut
from dialer.forecast.window import Question
from service.clock import SystemClock
from service.errors import BadQuestion
from service.forecast import forecast_from
from service.settings import Settings


def question_of(
    campaign: int, agents: int, day: str, until: str, shift: str, zone: str, seeds: int, mode: str
) -> Question:
    """Return the question that options ask; raises ``BadQuestion``."""
    begins, ends = _shift(shift)
    name, _, lines = mode.partition(":")
    try:
        paced, lines_per_agent = DialMode(name) if mode else None, float(lines) if lines else None
    except ValueError:
        raise BadQuestion(f"--mode {mode!r} is not progressive, ratio:2.5 or predictive") from None
    return Question(
        campaign_id=campaign,
        agents=agents,
        day=_day(day),
        until=_clock("--until", until),
        begins=begins,
        ends=ends,
        zone=zone,
        seeds=seeds,
        mode=paced,
        lines_per_agent=lines_per_agent,
    )


async def forecast_in_json(settings: Settings, question: Question) -> dict[str, Any]:
    """Forecast, and return the answer as the API says it."""
    found = await forecast_from(settings, question, SystemClock().now())
    return ForecastOut.of(found).model_dump(mode="json")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadQuestion(f"--day {text!r} is not a day like 2026-11-30") from None


def _clock(option: str, text: str) -> time | None:
    try:
        clock = time.fromisoformat(text) if text else None
    except ValueError:
        clock, text = None, text or " "
    if text and (clock is None or clock.tzinfo is not None):
        raise BadQuestion(f"{option} {text!r} is not a time like 15:00")
    return clock


def _shift(text: str) -> tuple[time | None, time | None]:
    if not text:
        return None, None
    begins, mark, ends = text.partition("-")
    if not (mark and begins and ends):
        raise BadQuestion(f"--shift {text!r} is not a shift like 09:00-17:00")
    return _clock("--shift", begins), _clock("--shift", ends)
