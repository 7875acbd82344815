"""What happened, in the words the pacer learns from. Durations in seconds.

Calls that failed for want of a line are their own fact: they say nothing about customers.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallReached:
    """A call came to need an agent ``delay_s`` after it was sent: a person, or a machine nobody screened.

    With answering machine detection the delay includes it.
    """

    delay_s: float


@dataclass(frozen=True, slots=True)
class CallMissed:
    """A call ended by itself without needing an agent: no answer, busy, a dead number, a screened machine."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class CallGivenUp:
    """We gave a ringing call up. It is no evidence on the answer rate."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class LineFailed:
    """The trunk or carrier failed the call (408, 5xx); the customer was never asked."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class AnswerJudged:
    """A live answer found its agent inside the connect limit, or was abandoned.

    A person taken for a machine by detection is told as abandoned.
    """

    abandoned: bool


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """An agent's talk ended after so long."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """An agent's wrap-up ended after so long."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class InboundArrived:
    """A caller joined a queue whose agents this campaign shares."""


@dataclass(frozen=True, slots=True)
class InboundServed:
    """An inbound caller reached an agent after so long, or left; ``late`` says that the goal was missed."""

    late: bool


Fact = (
    CallReached
    | CallMissed
    | CallGivenUp
    | LineFailed
    | AnswerJudged
    | TalkEnded
    | WrapUpEnded
    | InboundArrived
    | InboundServed
)
