"""The demo's live picture in terminals of several widths."""

import io

import pytest
from rich.console import Console

from dialer.agent_states import AgentState
from service.demo_screen import DemoScreen

STATES = {str(state): number for number, state in enumerate(AgentState)}
COUNTERS = {
    "placed": 30,
    "in_dialling": 1,
    "in_ringing": 2,
    "in_talking": 3,
    "in_voting": 4,
    "voted": 5,
    "abandoned": 6,
    "agents": STATES,
}


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_state_keeps_its_figure_however_narrow_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = DemoScreen(headless=False, as_json=False)
    paper = Console(file=io.StringIO(), width=width, force_terminal=False)
    monkeypatch.setattr(screen, "_console", paper)
    monkeypatch.setattr(screen, "_headless", False)

    class Paper:
        update = staticmethod(paper.print)

    monkeypatch.setattr(screen, "_live", Paper())
    screen.show(COUNTERS)
    shown = paper.file.getvalue()
    for state, number in STATES.items():
        assert f"{state.replace('_', '-')} {number}" in shown
