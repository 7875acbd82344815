"""The service itself on the wire: live counters, health, who is asking, and what went wrong."""

from datetime import datetime
from typing import Literal, Self

from pydantic import ConfigDict, Field

from campaigns.model import Disposition, Screened
from console.errors import Problem
from console.schemas.campaigns import FaultOut
from console.schemas.kinds import Query, Response


class LiveQuery(Query):
    """Which campaign the counters are of; left out, all of them."""

    campaign: int | None = Field(default=None, ge=1, le=10**18 - 1)


class EventsQuery(LiveQuery):
    """What a stream carries: counters of one campaign or all, or one agent's own page."""

    agent: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")


class CountersOut(Response):
    """Counts since the service started; ``in_*`` and agents are now.

    ``answered`` counts every call that was picked up, machines too; that of a report counts people alone.
    ``screened`` are the verdicts of machine detection; ``misjudged_share`` says how many of its machines were
    people, by the agents who checked some of them, null before the first.
    """

    at: datetime
    campaign_id: int | None
    placed: int
    answered: int
    connected: int
    abandoned: int
    voted: int
    ended: dict[Disposition, int]
    screened: dict[Screened, int]
    misjudged_share: float | None
    in_dialling: int
    in_ringing: int
    in_answered: int
    in_talking: int
    in_voting: int
    agents: dict[str, int]
    switch_up: bool


class PartOut(Response):
    """One part of the service, and what is wrong with it."""

    name: str
    ok: bool
    detail: str


class HealthOut(Response):
    """Whether the service can do its work.

    ``failing`` as soon as a part fails that it cannot do without; ``degraded`` where others do, such as one
    of several trunks.
    """

    status: Literal["ok", "degraded", "failing"]
    version: str
    started_at: datetime
    parts: tuple[PartOut, ...]


class MeOut(Response):
    """Who the token speaks for."""

    name: str
    role: str
    agent_id: str | None
    version: str


class ProblemOut(Response):
    """An error (RFC 9457). ``type`` is fixed and documented; ``faults`` names every wrong place at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:dialer:problem:invalid-input",
                    "title": "Something in what you sent is wrong",
                    "status": 422,
                    "detail": "1 thing to correct; nothing was changed.",
                    "faults": [{"place": "reason", "problem": "is required"}],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    faults: tuple[FaultOut, ...] = ()
    incident: str | None = None

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return a problem as it is written out."""
        return cls(
            type=problem.kind.urn,
            title=problem.kind.title,
            status=problem.kind.status,
            detail=problem.detail,
            faults=tuple(FaultOut.model_validate(fault) for fault in problem.faults),
            incident=problem.incident,
        )
