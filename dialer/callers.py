"""Who an unknown caller of the hotline is: a customer from now on, or one whom the book has already.

Knows which talk an agent has in hand. Must not know what a customer needs (``campaigns.desk.newcomers``).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from campaigns.books import PersonBook
from campaigns.desk.newcomers import CustomerDraft, NewcomerDesk
from campaigns.model import Customer
from campaigns.people import HotlineCall
from dialer.agent_states import AgentState
from dialer.agents import AgentBoard
from dialer.errors import NotAllowedNow
from dialer.inbound import InboundTalk
from dialer.ledger_notes import agent as agent_named

log = structlog.get_logger()


class Callers:
    """What agents say about who has called. Raises ``NotKnown`` and ``NotSettled`` as ``AgentFloor`` does."""

    def __init__(
        self,
        agents: AgentBoard,
        newcomers: NewcomerDesk,
        book: PersonBook,
        on_change: Callable[[], None],
    ) -> None:
        self._agents = agents
        self._newcomers = newcomers
        self._book = book
        self._on_change = on_change

    async def make_customer(self, agent_id: str, call_id: str, draft: CustomerDraft) -> Customer:
        """Make a customer of the unknown caller an agent talks with, or has just talked with.

        A draft without a number takes that of the call. Raises ``NotAllowedNow`` for any other talk, and what
        ``NewcomerDesk.add_caller`` raises.
        """
        talk = self._unknown(agent_id, call_id)
        draft = replace(draft, number=draft.number.strip() or talk.call.number)
        made = await self._newcomers.add_caller(draft, agent_id, call_id, agent_named(agent_id))
        self._know(talk, made)
        return made

    async def know_caller(self, agent_id: str, call_id: str, ref: str) -> Customer:
        """Say which customer the unknown caller is; raises as ``make_customer``, and ``NotFound``."""
        talk = self._unknown(agent_id, call_id)
        known = await self._newcomers.know_caller(call_id, ref, agent_named(agent_id))
        self._know(talk, known)
        return known

    async def hotline_calls(self, agent_id: str) -> Sequence[HotlineCall]:
        """Return earlier calls to the hotline of the customer an agent has now; none without one."""
        seat = self._agents.own_seat(agent_id)
        subject, call_id = seat.subject, seat.call_id
        if subject is None or subject.customer is None:
            return ()
        calls = await self._book.hotline_calls(subject.customer.id)
        return [call for call in calls if call.call_id != call_id]

    def _unknown(self, agent_id: str, call_id: str) -> InboundTalk:
        """Return the talk with an unknown caller that an agent has in hand; raises ``NotAllowedNow``."""
        seat = self._agents.own_seat(agent_id)
        talk = seat.subject
        if talk is None or seat.call_id != call_id:
            raise NotAllowedNow(f"{seat.name} does not have this call any more: {call_id}")
        if not isinstance(talk, InboundTalk):
            raise NotAllowedNow("this is no call to the hotline: whom we call is in the book")
        if seat.state not in (AgentState.TALKING, AgentState.WRAP_UP):
            raise NotAllowedNow("there has been no talk yet")
        if talk.customer is not None:
            raise NotAllowedNow(f"the caller is known: {talk.customer.name} ({talk.customer.ref})")
        return talk

    def _know(self, talk: InboundTalk, customer: Customer) -> None:
        talk.customer = customer
        log.info("caller known", call=talk.call.id, customer=customer.id)
        self._on_change()
