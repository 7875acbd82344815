"""Agents on the wire: what they ask for, what their page shows, and one line each for the board."""

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, ConfigDict

from campaigns.model import CustomerClass
from console.schemas.campaigns import AttemptOut, ScriptOut
from console.schemas.kinds import Note, Request, RequiredLine, Response
from console.schemas.people import HotlineOut
from dialer.agent_view import AgentView


class AgentPauseIn(Request):
    """Why an agent takes no calls."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "lunch"}]})

    reason: RequiredLine


class LeaveIn(Request):
    """When an agent will pause or go, with its offset from UTC; null takes an announcement back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "2026-11-20T17:00:00+01:00"}]})

    at: AwareDatetime | None


class SkipIn(Request):
    """Why an agent does not want the lead that is laid before him."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "speaks another language"}]})

    reason: RequiredLine


class RecordIn(Request):
    """What came of a talk: a code of the template's outcomes, and a note.

    ``callback_at`` goes with the outcome ``callback``: the moment that was agreed, with its offset from UTC,
    to come and at most 366 days ahead. Without it the call-back is due a day later.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attempt_id": "a-7",
                    "outcome": "satisfied",
                    "note": "Wants a call before the next service.",
                },
                {"attempt_id": "a-7", "outcome": "callback", "callback_at": "2026-11-20T21:30:00+01:00"},
            ]
        }
    )

    attempt_id: RequiredLine
    outcome: RequiredLine
    note: Note = ""
    callback_at: AwareDatetime | None = None


class CallCustomerOut(Response):
    """The customer's file, as far as a talk with him needs it."""

    id: int
    ref: str
    name: str
    title: str
    language: str
    customer_class: CustomerClass
    zones: tuple[str, ...]
    numbers: tuple[str, ...]
    extras: dict[str, str]


class CallOut(Response):
    """The call an agent has or is about to have: the file, before the voice.

    In preview, ``asked``: he has asked for its call; ``waits_for``: why it is not placed yet, in plain words.
    """

    attempt_id: str
    campaign_id: int | None
    campaign_name: str
    direction: str
    number: str
    customer: CallCustomerOut | None
    fields: dict[str, str]
    script: ScriptOut | None
    outcomes: dict[str, str]
    placed_at: datetime
    connected_at: datetime | None
    recorded_outcome: str | None
    asked: bool
    waits_for: str


class AgentOut(Response):
    """One agent now, with the whole call.

    ``phone_gone``: the talk that he wraps up ended by his phone; it is called again after the wrap-up.
    ``leaves_at``: when he will pause or go, as announced. ``pause_reason`` is of the pause he has, or why he
    is offline; ``pause_wanted`` of one that he asked for and that begins after the wrap-up, else null.
    ``stored``: false as long as the database does not take what he asked for last; it holds all the same, and
    a restart of the service would undo it.
    """

    agent_id: str
    name: str
    state: str
    since: datetime
    pause_reason: str
    wrap_up_ends_at: datetime | None
    call: CallOut | None
    talks: int
    phone_gone: bool
    leaves_at: datetime | None
    pause_wanted: str | None
    stored: bool


class AgentLineOut(Response):
    """One agent on the board. Leaves out file and script: a board of a hundred agents must stay small.

    ``leaves_at``: when he will pause or go, as announced; no call counts on him then. ``pause_wanted``: the
    reason of a pause that begins after the wrap-up.
    """

    agent_id: str
    name: str
    state: str
    since: datetime
    pause_reason: str
    talks: int
    campaign_id: int | None
    campaign_name: str
    customer_name: str
    number: str
    leaves_at: datetime | None
    pause_wanted: str | None

    @classmethod
    def of(cls, view: AgentView) -> Self:
        """Return the board's line about an agent."""
        call = view.call
        return cls(
            agent_id=view.agent_id,
            name=view.name,
            state=view.state,
            since=view.since,
            pause_reason=view.pause_reason,
            talks=view.talks,
            campaign_id=call.campaign_id if call else None,
            campaign_name=call.campaign_name if call else "",
            customer_name=call.customer.name if call and call.customer else "",
            number=call.number if call else "",
            leaves_at=view.leaves_at,
            pause_wanted=view.pause_wanted,
        )


class AgentsOut(Response):
    """The board: all agents, by id."""

    agents: tuple[AgentLineOut, ...]


class HistoryOut(Response):
    """The history of the customer an agent has now, newest first: our calls, and his to the hotline."""

    attempts: tuple[AttemptOut, ...]
    hotline: tuple[HotlineOut, ...]
