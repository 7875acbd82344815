"""What follows from the moments of one call: merging what comes in piece by piece, and the three spans.

Knows ``CallFacts`` only; must not know where facts come from or where they are kept. A span is None where the
call never came to it. Nothing is clamped: a span below zero shows that two clocks disagree.
"""

from dataclasses import fields, replace
from datetime import datetime, timedelta

from campaigns.model import Disposition
from dialer.ports import CallFacts


def merged(known: CallFacts, news: CallFacts) -> CallFacts:
    """Return what is known after ``news``: a field that is None there leaves what was known."""
    changes = {name: value for name in FACT_NAMES if (value := getattr(news, name)) is not None}
    return replace(known, **changes)


def ring_ms(facts: CallFacts) -> int | None:
    """How long it rang, in ms: from RINGING, else from DialBegin, to the answer, else to the end."""
    span = _span(facts.ringing_at or facts.dialled_at, facts.answered_at or facts.ended_at)
    return None if span is None else round(span / _MILLISECOND)


def answer_to_agent_ms(facts: CallFacts) -> float | None:
    """From the customer's answer to both being in the bridge, in ms with three decimals."""
    span = _span(facts.answered_at, facts.bridged_at)
    return None if span is None else round(span / _MILLISECOND, 3)


def talk_ms(facts: CallFacts) -> int | None:
    """How long customer and agent talked, in ms: to the agent's release, else to the end of the call."""
    span = _span(facts.bridged_at, facts.released_at or facts.ended_at)
    return None if span is None else round(span / _MILLISECOND)


def who_talked(facts: CallFacts, reserved: str | None) -> str | None:
    """The agent of a talk: the one the facts name, else the one reserved for it; None without a talk."""
    return facts.agent_id or (reserved if facts.bridged_at else None)


def reached_network(disposition: Disposition | None, facts: CallFacts) -> bool:
    """Say whether an attempt may have reached the network; false only where it is certain that it did not.

    Our own lines failed, and the switch never said that it dialled, rang or answered.
    """
    if disposition is not Disposition.TRUNK_FAILED:
        return True
    return any((facts.dialled_at, facts.ringing_at, facts.answered_at))


def _span(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start


FACT_NAMES = tuple(each.name for each in fields(CallFacts))
_MILLISECOND = timedelta(milliseconds=1)
