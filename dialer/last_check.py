"""The last check before a call: may this lead be called at this very moment, and on what grounds?

Knows the rules, the outside check, the lines, and who is being called now. What takes time is followed by a
fresh look at everything: while the outside check is asked, or an agent looks at a lead, somebody may ask
never to be called again. Must not place calls nor give leads back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from campaigns.grounds import Grounds, grounds_of
from campaigns.model import Campaign, Lead
from campaigns.rules.abandon import AbandonTerms
from campaigns.rules.eligibility import verdict
from campaigns.rules.packs import Binding
from campaigns.rules_in_force import RulesInForce
from campaigns.screening import ExternalCheck
from campaigns.verdicts import Verdict
from dialer.call_board import CallBoard
from dialer.door import Gate, Launched
from dialer.ports import CallBook, Claim, Clock
from dialer.trunks import TrunkBoard

LOOK_AGAIN: Final = timedelta(seconds=15)
"""How soon a lead is looked at again when a call to its number or person is under way: two leads may share a
telephone, and a person may have two. Once that call has ended, the gap that the house rules ask for decides,
from its end."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a call is meant to be placed: through which door, with a reserved agent or under which terms."""

    gate: Gate
    with_agent: bool
    terms: AbandonTerms | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """That a lead may be called now: as what it was judged, what binds the call, and on what grounds."""

    campaign: Campaign
    claim: Claim
    binding: Binding
    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Denial:
    """That a claimed lead is not called now. ``refusal`` is the rule that says so, None where none does:
    then the lead waits as before. ``binding`` holds limits that were not known of the campaign."""

    what: Launched
    campaign: Campaign
    lead: Lead
    refusal: Verdict | None = None
    binding: Binding | None = None


class Flows(Protocol):
    """What the check must know of definitions."""

    def needs_agent(self, name: str) -> bool:
        """Say whether a flow has a talk with an agent in it."""


class LastCheck:
    """Judges claimed leads. ``outside`` is asked once for each, when all else allows the call."""

    def __init__(
        self,
        book: CallBook,
        clock: Clock,
        calls: CallBoard,
        trunks: TrunkBoard,
        flows: Flows,
        rules: RulesInForce,
        outside: ExternalCheck | None,
    ) -> None:
        self._book = book
        self._clock = clock
        self._calls = calls
        self._trunks = trunks
        self._flows = flows
        self._rules = rules
        self._outside = outside
        self._placing: dict[int, Lead] = {}

    @contextmanager
    def placing(self, lead: Lead) -> Iterator[None]:
        """Let nobody else call this number or person until the board of calls knows of the call."""
        self._placing[lead.id] = lead
        try:
            yield
        finally:
            del self._placing[lead.id]

    async def permit(
        self, campaign: Campaign, claim: Claim, way: Way, *, ask_outside: bool = True
    ) -> Permit | Denial:
        """Judge a claimed lead by what was read with it; asking outside takes time, so all is read anew."""
        judged = self._judge(campaign, claim, way)
        if self._outside is None or not ask_outside or isinstance(judged, Denial):
            return judged
        claim = await self._ask_outside(self._outside, campaign, claim)
        return await self.again(campaign, claim, way)

    async def again(self, campaign: Campaign, claim: Claim, way: Way) -> Permit | Denial:
        """Judge a claimed lead by what is known now; the outside check is not asked once more."""
        before, busy = claim.evidence, self._under_way(claim)
        seen = await self.look(campaign.id, claim.lead.id)
        if seen is None:
            return Denial(Launched.GONE, campaign, claim.lead)
        campaign, claim = seen
        evidence = replace(
            claim.evidence,
            by_hand=before.by_hand,
            external_block=before.external_block,
            external_retry_at=before.external_retry_at,
        )
        return self._judge(campaign, replace(claim, evidence=evidence), way, busy)

    async def look(self, campaign_id: int, lead_id: int) -> tuple[Campaign, Claim] | None:
        """Return a claimed lead and its campaign as they are now; None when it is claimed no more.

        The campaign comes second: what changes after the lead was read keeps its attempt from being opened.
        """
        claim = await self._book.claimed(lead_id, self._clock.now())
        return None if claim is None else (await self._book.campaign(campaign_id), claim)

    def _judge(
        self, campaign: Campaign, claim: Claim, way: Way, busy: Launched | None = None
    ) -> Permit | Denial:
        """Ask the rules at this very moment. ``busy``: what a call that has just ended was not in what is
        read, and the lead waits until it is."""
        if not way.gate.is_open:
            return Denial(Launched.CLOSED, campaign, claim.lead)
        lead, automated = claim.lead, not self._flows.needs_agent(campaign.flow)
        evidence = replace(claim.evidence, agent_reserved=way.with_agent, automated=automated)
        now = self._clock.now()
        judged = verdict(lead, claim.customer, evidence, campaign, now, self._rules.book)
        if not judged.allowed:
            return Denial(Launched.REFUSED, campaign, lead, judged)
        if busy := busy or self._under_way(claim):
            refusal = Verdict(False, "in-call", busy, now + LOOK_AGAIN)
            return Denial(Launched.REFUSED, campaign, lead, refusal)
        if not self._trunks.carries(lead.number):
            refusal = Verdict(False, "no-carrier", Launched.NO_CARRIER)
            return Denial(Launched.NO_CARRIER, campaign, lead, refusal)
        binding = self._binding(campaign, claim)
        if not (way.with_agent or automated or (way.terms or AbandonTerms()).covers(binding)):
            return Denial(Launched.UNKNOWN_LIMIT, campaign, lead, binding=binding)
        asked = self._outside is not None
        return Permit(
            campaign, claim, binding, grounds_of(judged, claim.evidence, campaign.purpose, now, asked)
        )

    def _under_way(self, claim: Claim) -> Launched | None:
        """Say which call that is under way forbids one for a lead, of whatever campaign: one to its number,
        or one to its person on another of his numbers. Who tries a call himself may try several."""
        lead, calls = claim.lead, self._calls.all()
        others = [one for one in self._placing.values() if one.id != lead.id]
        if lead.number in {*(one.number for one in others), *(call.number for call in calls)}:
            return Launched.IN_CALL
        people = {*(one.customer_id for one in others), *(call.customer.id for call in calls)}
        return Launched.WITH_PERSON if lead.customer_id in people and not claim.evidence.by_hand else None

    def _binding(self, campaign: Campaign, claim: Claim) -> Binding:
        who, number = claim.customer, claim.lead.number
        return self._rules.book.binding(campaign.purpose, number, who.country, who.region, campaign.packs)

    async def _ask_outside(self, outside: ExternalCheck, campaign: Campaign, claim: Claim) -> Claim:
        """Add the outside check's answer to what is known."""
        answer = await outside.ask(claim.lead.number, campaign.purpose, campaign.id)
        again = None
        if answer.retry_after_s is not None:
            again = self._clock.now() + timedelta(seconds=answer.retry_after_s)
        known = replace(claim.evidence, external_block=answer.refusal, external_retry_at=again)
        return replace(claim, evidence=known)
