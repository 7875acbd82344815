"""Owners on the wire: who looks after customers, how many he takes, and who stands in for him."""

from datetime import datetime

from pydantic import ConfigDict, Field

from console.schemas.kinds import AgentId, Moment, Request, Response


class AbilityIn(Request):
    """How much an agent takes, 0 to 100, compared with the others; 1 unless said, 0 takes nobody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent_id": "1001", "ability": 1.5}]})

    agent_id: AgentId
    ability: float = Field(ge=0, le=100)


class AbsenceIn(Request):
    """An agent is away in ``[from_at, until_at)`` and another one stands in for him."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agent_id": "1001",
                    "substitute_id": "1002",
                    "from_at": "2026-12-01T00:00:00Z",
                    "until_at": "2026-12-15T00:00:00Z",
                }
            ]
        }
    )

    agent_id: AgentId
    substitute_id: AgentId
    from_at: Moment
    until_at: Moment


class AbsenceEndIn(Request):
    """The absence that ends now, or is taken back: whose, and when it begins, as the owners tell it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agent_id": "1001", "from_at": "2026-12-01T00:00:00Z"}]}
    )

    agent_id: AgentId
    from_at: Moment


class HandOverIn(Request):
    """The agent whose customers go to the others, for good."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent_id": "1001"}]})

    agent_id: AgentId


class AbsenceOut(Response):
    """An absence and who stands in."""

    agent_id: str
    substitute_id: str
    from_at: datetime
    until_at: datetime


class OwnersOut(Response):
    """Who takes how much (1 unless said), who looks after how many customers, and who is away."""

    abilities: dict[str, float]
    loads: dict[str, int]
    absences: tuple[AbsenceOut, ...]


class SharedOut(Response):
    """How many customers got a new owner."""

    shared: int
