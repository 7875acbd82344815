"""What passes between the service and the process that works a forecast out: a job and its reply."""

from dataclasses import dataclass
from datetime import datetime

from dialer.forecast.result import Forecast
from dialer.forecast.window import Question
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class ForecastJob:
    """One question, with all that is needed to answer it."""

    settings: Settings
    question: Question
    now: datetime


@dataclass(frozen=True, slots=True)
class ForecastReply:
    """A forecast, or why there is none: faults of the question, no such campaign, or what broke."""

    forecast: Forecast | None = None
    faults: tuple[tuple[str, str], ...] = ()
    missing: str = ""
    broken: str = ""
