"""A hotline call in progress, as agents and the books see it, and what it is counted as at its end."""

from dataclasses import dataclass

from campaigns.model import Customer, InboundDisposition
from dialer.ports import CallFacts, InboundCall


@dataclass(slots=True, eq=False)
class InboundTalk:
    """One hotline call. ``customer`` is whom the number belongs to, when exactly one person has it."""

    call: InboundCall
    customer: Customer | None
    facts: CallFacts
    asked_for_agent: bool = False
    opted_out: bool = False
    owned: bool = True  # a coroutine of this process speaks AGI with it


def ended_as(talk: InboundTalk, *, finished: bool) -> InboundDisposition:
    """Decide what a call was; ``finished`` says that its flow came to an end with the caller still there.

    Service level and abandoned calls are about those who wanted an agent: whoever left in the menu, or got
    what he wanted from it, is neither served nor lost.
    """
    if talk.facts.bridged_at is not None:
        return InboundDisposition.CONNECTED
    if talk.opted_out:
        return InboundDisposition.OPTED_OUT
    if talk.asked_for_agent:
        return InboundDisposition.ABANDONED
    return InboundDisposition.SELF_SERVED if finished else InboundDisposition.LEFT_IN_MENU
