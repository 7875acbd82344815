"""The floor as the pacer is told of it: whom it counts on, and until when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dialer_world import START
from plain_cases import plain_campaign

from campaigns.model import Campaign
from dialer.agent_states import AgentState
from dialer.agents import Seat
from dialer.calls import State
from dialer.floor_snapshot import ANNOUNCED_S, OVERSTAYS_S, FloorView, floor_view
from dialer.live_call import LiveCall
from dialer.pacing.snapshot import Leaving

MOMENT = 5_000.0
S = AgentState


def seat(state: AgentState, leaves_in_s: float | None = None, **changes: Any) -> Seat:
    leaves_at = None if leaves_in_s is None else START + timedelta(seconds=leaves_in_s)
    return Seat("a1", "Agent 1", "PJSIP/a1", state, START, MOMENT - 40.0, leaves_at=leaves_at, **changes)


def seen(*seats: Seat) -> FloorView:
    return floor_view(seats, (), lambda campaign: True, START, MOMENT)


def test_agents_are_counted_by_what_they_do() -> None:
    view = seen(seat(S.READY), seat(S.TALKING), seat(S.WRAP_UP), seat(S.RESERVED), seat(S.PAUSED))
    assert (view.idle, view.reserved, view.leaving) == (1, 1, [])
    assert (view.talks, view.wrap_ups) == ([MOMENT - 40.0], [MOMENT - 40.0])


@pytest.mark.parametrize("state", [S.TALKING, S.WRAP_UP])
def test_who_asked_for_a_pause_or_lost_his_phone_will_not_be_there_and_is_not_counted_on(
    state: AgentState,
) -> None:
    view = seen(seat(state, pause_wanted="lunch"), seat(state, phone_gone=True))
    assert (view.talks, view.wrap_ups, view.leaving) == ([], [], [])


@pytest.mark.parametrize(
    ("state", "talk_since", "wrap_up_since"),
    [(S.READY, None, None), (S.TALKING, MOMENT - 40.0, None), (S.WRAP_UP, None, MOMENT - 40.0)],
)
@pytest.mark.parametrize("leaves_in_s", [ANNOUNCED_S - 1, 0.0, -OVERSTAYS_S + 1])
def test_who_leaves_soon_is_told_with_his_moment_and_in_no_other_count(
    state: AgentState, talk_since: float | None, wrap_up_since: float | None, leaves_in_s: float
) -> None:
    view = seen(seat(state, leaves_in_s))
    assert view.leaving == [Leaving(MOMENT + leaves_in_s, talk_since, wrap_up_since)]
    assert (view.idle, view.talks, view.wrap_ups) == (0, [], [])


@pytest.mark.parametrize("leaves_in_s", [ANNOUNCED_S, -OVERSTAYS_S])
def test_who_leaves_later_or_stayed_after_all_is_counted_as_ever(leaves_in_s: float) -> None:
    view = seen(*(seat(state, leaves_in_s) for state in (S.READY, S.TALKING, S.WRAP_UP)))
    assert (view.idle, len(view.talks), len(view.wrap_ups), view.leaving) == (1, 1, 1, [])


def ringing(campaign: Campaign, since_s: float, **changes: Any) -> LiveCall:
    call = LiveCall(str(since_s), campaign, None, None, "+1", "main", START, since_s)  # type: ignore[arg-type]
    call.state = State.RINGING
    for name, value in changes.items():
        setattr(call, name, value)
    return call


def test_calls_in_flight_are_told_by_campaign_and_by_what_they_wait_for() -> None:
    poll, june, july = (replace(plain_campaign(), id=number) for number in (1, 2, 3))
    calls = [
        ringing(june, 1.0),
        ringing(june, 2.0, cancelled_by_us=True),
        ringing(july, 3.0),
        ringing(june, 4.0, with_agent=True),
        ringing(poll, 5.0),
        ringing(june, 6.0),
    ]
    view = floor_view((), calls, lambda campaign: campaign is not poll, START, MOMENT)
    assert view.calls[2].ringing == [calls[0], calls[5]]
    assert (view.calls[2].ringing_since, view.calls[2].reserved_since) == ([1.0, 6.0], [4.0])
    assert (view.calls[3].ringing_since, view.calls[3].reserved_since) == ([3.0], [])
    assert (view.calls[1].ringing_since, view.calls[1].agentless_since) == ([], [5.0])
