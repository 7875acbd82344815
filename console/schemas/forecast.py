"""A campaign's day, forecast, on the wire."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from campaigns.model import DialMode
from console.schemas.kinds import Query, Response
from dialer.forecast.result import Forecast
from dialer.forecast.window import MOST_AGENTS, Question

MOST_SEEDS_ASKED = 30
"""Over HTTP; the command line plays as many days as it is told."""

Zone = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9_+/-]*$")]


class ForecastQuery(Query):
    """With how many agents, which day, and by when all shall be called. Clocks are of ``zone``."""

    agents: int = Field(ge=1, le=MOST_AGENTS, description="Agents at work all day")
    day: date | None = Field(None, description="The day; tomorrow when left out")
    until: time | None = Field(None, description="By when all shall be called, as 15:00")
    begins: time | None = Field(None, description="When the agents' shift begins")
    ends: time | None = Field(None, description="When it ends")
    zone: Zone = Field("", description="Time zone of the clocks; that of most leads when left out")
    seeds: int = Field(10, ge=1, le=MOST_SEEDS_ASKED, description="How many days are played")
    mode: Literal["progressive", "ratio", "predictive"] | None = Field(
        None, description="How it is paced; as the campaign says when left out"
    )

    def question(self, campaign_id: int) -> Question:
        """Return the question about a campaign."""
        given = self.model_dump() | {"mode": None if self.mode is None else DialMode(self.mode)}
        return Question(campaign_id=campaign_id, **given)


class RangeOut(Response):
    """The 10 %, 50 % and 90 % quantiles over the simulated days."""

    low: float
    mid: float
    high: float


class FinishOut(Response):
    """The same of moments; null where a day of that quantile never gets there."""

    low: datetime | None
    mid: datetime | None
    high: datetime | None


class LeftOverOut(Response):
    """How many leads are left for one reason."""

    code: str
    text: str
    leads: RangeOut


class NeedOut(Response):
    """How many agents it takes to have called everybody by the deadline; null: no number is enough."""

    deadline: datetime
    low: int | None
    mid: int | None
    high: int | None


class OriginOut(Response):
    """Where a figure comes from, and how many observations stand behind it."""

    figure: str
    source: str
    observations: int


class ForecastOut(Response):
    """A campaign's day, forecast. Shares are 0..1; moments in UTC, ``zone`` is for people's clocks.

    ``hours`` are ``opens`` and ``closes`` on those, 24:00 for the midnight that ends the day.
    """

    campaign_id: int
    campaign: str
    day: date
    zone: str
    opens: datetime
    closes: datetime
    hours: str
    agents: int
    mode: str
    days: int
    leads: int
    may_be_called: int
    finish: FinishOut
    finished_share: float
    last_call: FinishOut
    attempts: RangeOut
    connected: RangeOut
    abandoned_share: RangeOut
    idle_share: RangeOut
    left: tuple[LeftOverOut, ...]
    left_in_all: RangeOut
    need: NeedOut
    origins: tuple[OriginOut, ...]
    notes: tuple[str, ...]
    words: str

    @classmethod
    def of(cls, forecast: Forecast) -> "ForecastOut":
        """Return a forecast as it goes over the wire, with its words."""
        given = {name: getattr(forecast, name) for name in cls.model_fields if name != "words"}
        return cls.model_validate(given | {"words": forecast.in_words()})
