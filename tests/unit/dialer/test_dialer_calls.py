"""The table of call states: every pair is decided, and no order of events settles a call twice."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from dialer.calls import IGNORED, MOVES, RINGABLE, UNANSWERED, Command, Event, Fit, Move, State, advance

EVERY_PAIR = list(itertools.product(State, Event))

# What is neither a move nor a known repeat: if it ever happens, the shell says so in the log.
IMPOSSIBLE = {
    State.COMMITTED: {"released", "grace_over"},
    State.SENT: {"not_sent", "released", "grace_over"},
    State.RINGING: {"not_sent", "refused", "released", "grace_over"},
    State.ANSWERED: {"not_sent", "refused", "originate_failed", "grace_over"},
    State.TALKING: {"not_sent", "refused", "originate_failed", "grace_over"},
    State.AFTER_TALK: {"not_sent", "refused", "originate_failed", "grace_over"},
    State.CLEARED: {"not_sent", "refused", "bridged", "released"},
    State.DENIED: {"not_sent", "refused", "up", "bridged", "released", "originate_answered"},
    State.ENDED: set(),
}


@pytest.mark.parametrize(("state", "event"), EVERY_PAIR, ids=lambda value: str(value))
def test_every_pair_is_a_move_ignored_or_impossible(state: State, event: Event) -> None:
    kinds = (event in MOVES[state], event in IGNORED[state], event in IMPOSSIBLE[state])
    assert sum(kinds) == 1
    fit = advance(state, event)
    if isinstance(fit, Move):
        assert kinds[0]
    else:
        assert kinds[1:] == (fit is Fit.IGNORED, fit is Fit.IMPOSSIBLE)


def test_both_tables_name_every_state() -> None:
    assert set(MOVES) == set(IGNORED) == set(State)


def test_only_the_end_settles_and_the_end_always_settles() -> None:
    for moves in MOVES.values():
        for move in moves.values():
            assert (move.state is State.ENDED) == (Command.SETTLE in move.commands)
            assert (move.state in (State.CLEARED, State.DENIED)) == (Command.ARM_GRACE in move.commands)


def test_a_lost_call_can_be_settled_from_every_state() -> None:
    for state in set(State) - {State.ENDED}:
        assert advance(state, Event.LOST) == Move(State.ENDED, (Command.SETTLE,))


def test_a_grace_time_always_ends_what_it_was_armed_for() -> None:
    for state in (State.CLEARED, State.DENIED):
        assert advance(state, Event.GRACE_OVER) == Move(State.ENDED, (Command.SETTLE,))


def test_nobody_who_has_answered_counts_as_ringing() -> None:
    answered = {State.ANSWERED, State.TALKING, State.AFTER_TALK, State.ENDED}
    assert not answered & UNANSWERED
    assert UNANSWERED - {State.CLEARED, State.DENIED} == RINGABLE


@examples(300)
@given(st.lists(st.sampled_from(Event), max_size=40))
def test_any_order_of_events_settles_at_most_once_and_the_end_is_final(events: list[Event]) -> None:
    state, settled = State.COMMITTED, 0
    for event in events:
        fit = advance(state, event)
        if isinstance(fit, Fit):
            assert state is not State.ENDED or fit is Fit.IGNORED
            continue
        assert state is not State.ENDED
        settled += fit.commands.count(Command.SETTLE)
        state = fit.state
    assert settled == (state is State.ENDED)


@examples(200)
@given(st.permutations([Event.RINGING, Event.UP, Event.ORIGINATE_ANSWERED, Event.ACCEPTED, Event.DIALLING]))
def test_an_answer_is_never_taken_back_by_a_latecomer(events: list[Event]) -> None:
    state, answered = State.COMMITTED, False
    for event in events:
        fit = advance(state, event)
        state = fit.state if isinstance(fit, Move) else state
        answered = answered or event in (Event.UP, Event.ORIGINATE_ANSWERED)
        assert (state is State.ANSWERED) == answered
