"""Unknown callers in memory, behind ``console.ports.Callers``: for tests of pages and API.

Keeps the promises a client can see over the agents of ``console.memory_floor``.
"""

from collections.abc import Sequence
from dataclasses import replace

from campaigns.books import PersonBook
from campaigns.desk.newcomers import CustomerDraft, NewcomerDesk
from campaigns.model import Customer
from campaigns.people import HotlineCall
from console.memory_floor import MemoryFloor
from dialer import errors as dialer_errors
from dialer.agent_view import CallView


class MemoryCallers:
    """What agents say about who has called."""

    def __init__(self, floor: MemoryFloor, newcomers: NewcomerDesk, book: PersonBook) -> None:
        self._floor = floor
        self._newcomers = newcomers
        self._book = book

    async def make_customer(self, agent_id: str, call_id: str, draft: CustomerDraft) -> Customer:
        """Make a customer of the caller an agent has."""
        call = self._unknown(agent_id, call_id)
        draft = replace(draft, number=draft.number or call.number)
        made = await self._newcomers.add_caller(draft, agent_id, call_id, f"agent {agent_id}")
        return await self._know(agent_id, call, made)

    async def know_caller(self, agent_id: str, call_id: str, ref: str) -> Customer:
        """Say which customer the caller is."""
        call = self._unknown(agent_id, call_id)
        known = await self._newcomers.know_caller(call_id, ref, f"agent {agent_id}")
        return await self._know(agent_id, call, known)

    async def hotline_calls(self, agent_id: str) -> Sequence[HotlineCall]:
        """Return earlier calls of the customer the agent has now."""
        call = self._floor.view(agent_id).call
        if call is None or call.customer is None:
            return ()
        calls = await self._book.hotline_calls(call.customer.id)
        return [one for one in calls if one.call_id != call.attempt_id]

    def _unknown(self, agent_id: str, call_id: str) -> CallView:
        call = self._floor.view(agent_id).call
        if call is None or call.attempt_id != call_id or call.direction != "inbound":
            raise dialer_errors.NotAllowedNow("The agent has no such talk.")
        if call.customer is not None:
            raise dialer_errors.NotAllowedNow("The caller is known.")
        return call

    async def _know(self, agent_id: str, call: CallView, customer: Customer) -> Customer:
        state = self._floor.view(agent_id).state
        await self._floor.move(agent_id, state, state, call=replace(call, customer=customer))
        return customer
