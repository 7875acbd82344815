"""A hotline call in progress, as agents and the books see it."""

from dataclasses import dataclass

from campaigns.model import Customer
from dialer.ports import CallFacts, InboundCall


@dataclass(slots=True, eq=False)
class InboundTalk:
    """One hotline call. ``customer`` is whom the number belongs to, when exactly one person has it."""

    call: InboundCall
    customer: Customer | None
    facts: CallFacts
    asked_for_agent: bool = False
    owned: bool = True  # a coroutine of this process speaks AGI with it
