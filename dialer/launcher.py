"""The one door to a call: claim, last check, commit the attempt, originate.

Nothing else in the service originates towards a customer. Whatever goes wrong between the steps leaves a lead
that is waiting, or an attempt with an outcome, never both and never neither.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

import structlog

from campaigns.grounds import Grounds, grounds_of
from campaigns.model import (
    Campaign,
    Customer,
    Lead,
    LeadPlan,
    LeadStatus,
)
from campaigns.rules.abandon import AbandonTerms
from campaigns.rules.conduct import lawful
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.packs import Binding
from campaigns.rules.refusals import as_it_was, plan_after_refusal, standing_on
from campaigns.rules_in_force import RulesInForce
from campaigns.screening import ExternalCheck
from campaigns.verdicts import Verdict
from dialer.agents import AgentBoard, Seat
from dialer.call_board import CallBoard, LiveCall
from dialer.calls import Event
from dialer.door import Gate, Launch, Launched
from dialer.errors import NotSent, Refused, Unproven
from dialer.offer import Offer
from dialer.ports import CallBook, Claim, Clock, Dial, NewAttempt, Telephony
from dialer.trunks import Trunk, TrunkBoard

log = structlog.get_logger()

LOOK_AGAIN: Final = timedelta(seconds=15)
"""How soon a lead is looked at again when a call to its number is under way: two leads may share a telephone.
Once that call has ended, the gap that the house rules ask for decides, from its end."""


@dataclass(frozen=True, slots=True)
class _Permit:
    """That a lead may be called now: what binds the call, and the grounds to be kept with the attempt."""

    binding: Binding
    grounds: Grounds


class Definitions(Protocol):
    """What the launcher must know of a campaign's definitions."""

    def dial_variables(self, campaign: Campaign, customer: Customer) -> Mapping[str, str]:
        """Return what the dialplan needs to keep its promises alone: limit and sounds."""

    def needs_agent(self, name: str) -> bool:
        """Say whether a flow has a talk with an agent in it."""

    def version(self, campaign: Campaign) -> str:
        """Return the hash of template and flow that an attempt runs under."""


def _new_attempt_id() -> str:
    return f"att-{secrets.token_hex(8)}"


class Launcher:
    """Places calls for leads. ``refused`` hears of every lead that a rule refuses at its turn."""

    def __init__(
        self,
        book: CallBook,
        telephony: Telephony,
        clock: Clock,
        calls: CallBoard,
        agents: AgentBoard,
        trunks: TrunkBoard,
        definitions: Definitions,
        rules: RulesInForce,
        outside: ExternalCheck | None = None,
        refused: Callable[[int, Lead, Verdict], None] = lambda _campaign_id, _lead, _refusal: None,
    ) -> None:
        self._book = book
        self._telephony = telephony
        self._clock = clock
        self._calls = calls
        self._agents = agents
        self._trunks = trunks
        self._definitions = definitions
        self._rules = rules
        self._outside = outside
        self._refused = refused
        self._placing: set[str] = set()
        self._owed: dict[int, LeadPlan] = {}  # claimed leads that the store has not taken back yet

    @property
    def owes_leads(self) -> bool:
        """Whether the store has yet to take back a lead that came to nothing."""
        return bool(self._owed)

    async def give_up_waiting(self, campaign_id: int, reason: str) -> None:
        """Close every lead of a campaign that was not called, due now or later."""
        await self._give_back_owed()
        await self._book.close_waiting(campaign_id, reason)

    async def launch(
        self,
        campaign: Campaign,
        gate: Gate,
        *,
        with_agent: bool,
        terms: AbandonTerms | None = None,
        by_hand: bool = False,
    ) -> Launch:
        """Place at most one call for the campaign's most urgent due lead; ``by_hand`` for a test call.

        ``with_agent`` reserves an agent for it. Without one, a call that will need an agent goes out only as
        far as ``terms`` cover every limit on abandoned calls that binds this very lead.
        """
        async with gate.enter() as may_enter:
            if not may_enter:
                return Launch(Launched.CLOSED)
            await self._give_back_owed()
            if with_agent and self._agents.ready <= self._agents.waiting:
                return Launch(Launched.NO_AGENT)
            claim = await self._book.claim(campaign.id, self._clock.now())
            if claim is None:
                return Launch(Launched.NOTHING_DUE)
            claim = replace(claim, evidence=replace(claim.evidence, by_hand=by_hand))
            return await self._judge(campaign, claim, terms, with_agent=with_agent)

    async def claim(self, campaign: Campaign, gate: Gate) -> tuple[Launch, Claim | None]:
        """Take the most urgent lead that may be called now, for an agent to look at; no call is placed."""
        async with gate.enter() as may_enter:
            if not may_enter:
                return Launch(Launched.CLOSED), None
            await self._give_back_owed()
            claim = await self._book.claim(campaign.id, self._clock.now())
            if claim is None:
                return Launch(Launched.NOTHING_DUE), None
            judged = await self._permit(campaign, claim, with_agent=True)
            return (judged, None) if isinstance(judged, Launch) else (Launch(Launched.OFFERED), claim)

    async def look(self, campaign: Campaign, gate: Gate) -> Launched:
        """Look whether somebody could be called if an agent came: ``OFFERED`` when so. No call is placed.

        Whoever may not be called is refused as at his turn, one lead at a visit; whoever may stays as he was.
        The outside check is not asked.
        """
        async with gate.enter() as may_enter:
            if not may_enter:
                return Launched.CLOSED
            await self._give_back_owed()
            claim = await self._book.claim(campaign.id, self._clock.now())
            if claim is None:
                return Launched.NOTHING_DUE
            automated = not self._definitions.needs_agent(campaign.flow)
            evidence = replace(claim.evidence, agent_reserved=True, automated=automated)
            judged = self._verdict(campaign, claim, evidence)
            if not judged.allowed:
                return (await self._refuse(campaign, claim.lead, judged)).what
            await self.put_back(claim.lead.id, as_it_was(claim.lead))
            return Launched.OFFERED

    async def call_offered(self, offer: Offer, gate: Gate, seat: Seat) -> Launch:
        """Place the call of a lead that an agent has looked at, judged anew by what is known now."""
        async with gate.enter() as may_enter:
            claim = await self._book.claimed(offer.lead.id, self._clock.now()) if may_enter else None
            if claim is None:
                await self.give_back(offer.lead, Launched.CLOSED)
                return Launch(Launched.CLOSED)
            campaign = offer.campaign
            permit = await self._permit(campaign, claim, with_agent=True)
            if isinstance(permit, Launch):
                return permit
            attempt_id = _new_attempt_id()
            trunk = self._trunks.take(claim.lead.number)
            if trunk is None or not self._agents.reserve_offered(seat, offer, attempt_id):
                if trunk is not None:
                    self._trunks.give_back(trunk.name)
                why = Launched.NO_TRUNK if trunk is None else Launched.NO_AGENT
                await self.give_back(claim.lead, why)
                return Launch(why)
            return await self._place(campaign, claim, permit, attempt_id, trunk, seat)

    async def give_back(self, lead: Lead, why: Launched) -> None:
        """Put a lead back as it was that was claimed and not called."""
        await self.put_back(lead.id, LeadPlan(LeadStatus.WAITING, lead.due_at, why))

    async def put_back(self, lead_id: int, plan: LeadPlan) -> None:
        """Put a lead back that was claimed and not called, with when and why."""
        self._owed[lead_id] = plan
        await self._give_back_owed()

    async def _judge(
        self, campaign: Campaign, claim: Claim, terms: AbandonTerms | None, *, with_agent: bool
    ) -> Launch:
        """Ask the rules at this very moment; then take a trunk and an agent, or give the lead back."""
        permit = await self._permit(campaign, claim, with_agent=with_agent)
        if isinstance(permit, Launch):
            return permit
        automated = not self._definitions.needs_agent(campaign.flow)
        if not (with_agent or automated or (terms or AbandonTerms()).covers(permit.binding)):
            await self.give_back(claim.lead, Launched.UNKNOWN_LIMIT)
            return Launch(Launched.UNKNOWN_LIMIT, reason=Launched.UNKNOWN_LIMIT, binding=permit.binding)
        attempt_id = _new_attempt_id()
        trunk = self._trunks.take(claim.lead.number)
        if trunk is None:
            await self.give_back(claim.lead, Launched.NO_TRUNK)
            return Launch(Launched.NO_TRUNK)
        agent = self._agents.reserve(attempt_id, campaign.id) if with_agent else None
        if with_agent and agent is None:
            self._trunks.give_back(trunk.name)
            await self.give_back(claim.lead, Launched.NO_AGENT)
            return Launch(Launched.NO_AGENT)
        return await self._place(campaign, claim, permit, attempt_id, trunk, agent)

    async def _permit(self, campaign: Campaign, claim: Claim, *, with_agent: bool) -> "Launch | _Permit":
        """Ask the rules at this very moment. A lead that may not be called is given back."""
        lead = claim.lead
        automated = not self._definitions.needs_agent(campaign.flow)
        evidence = replace(claim.evidence, agent_reserved=with_agent, automated=automated)
        judged = self._verdict(campaign, claim, evidence)
        # Asked now and once more below: what a call that ends meanwhile taught us is not in the evidence.
        dialled = self._is_dialled(lead.number)
        if judged.allowed and self._outside is not None and not dialled:
            evidence = await self._ask_outside(self._outside, campaign, claim, evidence)
            judged = self._verdict(campaign, claim, evidence)
        if not judged.allowed:
            return await self._refuse(campaign, lead, judged)
        if dialled or self._is_dialled(lead.number):
            again = self._clock.now() + LOOK_AGAIN
            return await self._refuse(campaign, lead, Verdict(False, "in-call", Launched.IN_CALL, again))
        if not self._trunks.carries(lead.number):
            refusal = Verdict(False, "no-carrier", Launched.NO_CARRIER)
            return await self._refuse(campaign, lead, refusal, Launched.NO_CARRIER)
        now, asked = self._clock.now(), self._outside is not None
        grounds = grounds_of(judged, evidence, campaign.purpose, now, asked)
        return _Permit(self._binding(campaign, claim), grounds)

    async def _refuse(
        self, campaign: Campaign, lead: Lead, refusal: Verdict, what: Launched = Launched.REFUSED
    ) -> Launch:
        """Give a lead back with why, and when next."""
        log.info(
            "refused to dial",
            lead=lead.id,
            rule=refusal.rule,
            pack=refusal.pack,
            reason=refusal.reason,
            next=refusal.next_at,
        )
        stands = standing_on(campaign, self._rules.book)
        await self.put_back(lead.id, plan_after_refusal(lead, refusal, self._clock.now(), stands))
        self._refused(campaign.id, lead, refusal)
        return Launch(what, reason=refusal.reason)

    def _is_dialled(self, number: str) -> bool:
        """Say whether a call to this number is under way, of whatever campaign and customer."""
        return number in self._placing or any(call.number == number for call in self._calls.all())

    def _verdict(self, campaign: Campaign, claim: Claim, evidence: Evidence) -> Verdict:
        return verdict(claim.lead, claim.customer, evidence, campaign, self._clock.now(), self._rules.book)

    def _binding(self, campaign: Campaign, claim: Claim) -> Binding:
        who, number = claim.customer, claim.lead.number
        return self._rules.book.binding(campaign.purpose, number, who.country, who.region, campaign.packs)

    async def _ask_outside(
        self, outside: ExternalCheck, campaign: Campaign, claim: Claim, evidence: Evidence
    ) -> Evidence:
        """Add the outside check's answer; whatever goes wrong with the lead meanwhile, it is given back."""
        try:
            answer = await outside.ask(claim.lead.number, campaign.purpose, campaign.id)
        except BaseException:
            self._owed[claim.lead.id] = LeadPlan(LeadStatus.WAITING, claim.lead.due_at, "not checked")
            raise
        again = None
        if answer.retry_after_s is not None:
            again = self._clock.now() + timedelta(seconds=answer.retry_after_s)
        return replace(evidence, external_block=answer.refusal, external_retry_at=again)

    async def _give_back_owed(self) -> None:
        """Give leads back; one that the store does not take now is offered again at the next visit."""
        while self._owed:
            # Taken out first: two visits must not give the same lead back twice.
            lead_id, plan = self._owed.popitem()
            try:
                await self._book.return_lead(lead_id, plan)
            except BaseException:
                self._owed[lead_id] = plan
                raise

    async def _place(
        self,
        campaign: Campaign,
        claim: Claim,
        permit: "_Permit",
        attempt_id: str,
        trunk: Trunk,
        agent: Seat | None,
    ) -> Launch:
        """Commit the attempt, then originate once. From the commit on, the call board owns its end."""
        lead, campaign = claim.lead, lawful(campaign, permit.binding)
        self._placing.add(lead.number)  # two leads may have one number: until the board knows this call
        try:
            # Whatever can fail is done before the commit: after it there must be an originate.
            dial = self._dial(campaign, claim, attempt_id, trunk)
            attempt = NewAttempt(
                attempt_id,
                campaign.id,
                lead.id,
                claim.customer.id,
                lead.number,
                trunk.name,
                agent.agent_id if agent else None,
                self._clock.now(),
                self._definitions.version(campaign),
                permit.grounds,
            )
            await self._book.open_attempt(attempt)
        except BaseException:
            self._agents.give_back(attempt_id)
            self._trunks.give_back(trunk.name)
            # A commit that came through all the same keeps the lead: then this changes nothing.
            self._owed[lead.id] = LeadPlan(LeadStatus.WAITING, lead.due_at, "the attempt was not stored")
            raise
        finally:
            self._placing.discard(lead.number)
        call = LiveCall(
            attempt_id, campaign, lead, claim.customer, lead.number, trunk.name, attempt.committed_at
        )
        call.with_agent = agent is not None
        self._calls.add(call)
        if agent is not None and agent.call_id == attempt_id:  # his phone may be gone by now
            agent.subject = call  # his page shows the file before the voice
        return await self._send(call, dial)

    def _dial(self, campaign: Campaign, claim: Claim, attempt_id: str, trunk: Trunk) -> Dial:
        return Dial(
            attempt_id=attempt_id,
            number=trunk.dialled(claim.lead.number),
            trunk=trunk.name,
            caller_id=trunk.shown(campaign.caller_id),
            caller_name=campaign.company,
            ring_timeout_s=campaign.ring_timeout_s,
            variables=self._definitions.dial_variables(campaign, claim.customer),
        )

    async def _send(self, call: LiveCall, dial: Dial) -> Launch:
        """Send one originate. What cannot be proven is left to the switch's events and to recovery."""
        call.sending = True
        try:
            await self._telephony.place(dial)
        except NotSent as fault:
            log.warning("call not sent", attempt=call.attempt_id, fault=str(fault))
            self._calls.happen(call, Event.NOT_SENT)
            return Launch(Launched.SWITCH, call.attempt_id, str(fault))
        except Refused as fault:
            log.warning("call refused by the switch", attempt=call.attempt_id, fault=str(fault))
            self._calls.happen(call, Event.REFUSED)
            return Launch(Launched.SWITCH, call.attempt_id, str(fault))
        except Unproven as fault:
            log.warning("call unproven", attempt=call.attempt_id, fault=str(fault))
            return Launch(Launched.SWITCH, call.attempt_id, str(fault))
        finally:
            call.sending = False
        self._calls.accept(call)
        return Launch(Launched.PLACED, call.attempt_id)
