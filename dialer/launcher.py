"""The one door to a call: claim, last check, commit the attempt, originate.

Nothing else in the service originates towards a customer. Whatever goes wrong between the steps leaves a lead
that is waiting, or an attempt with an outcome, never both and never neither.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

import structlog

from campaigns.model import (
    Campaign,
    Customer,
    Lead,
    LeadPlan,
    LeadStatus,
)
from campaigns.rules.abandon import AbandonTerms
from campaigns.rules.conduct import lawful
from campaigns.rules.eligibility import opted_out
from campaigns.rules.refusals import as_it_was, plan_after_refusal, standing_on
from campaigns.rules_in_force import RulesInForce
from campaigns.screening import ExternalCheck
from campaigns.verdicts import Verdict
from dialer.agents import AgentBoard, Seat
from dialer.asked_outside import AskedOutside
from dialer.call_board import CallBoard
from dialer.calls import Event
from dialer.door import Gate, Launch, Launched
from dialer.errors import NotSent, Refused, Unproven
from dialer.inbound import InboundTalk
from dialer.last_check import Denial, LastCheck, Pace, Permit, Way
from dialer.live_call import LiveCall
from dialer.offer import Offer
from dialer.ports import CallBook, Claim, Clock, NewAttempt
from dialer.telephony import Dial, Telephony
from dialer.trunks import Trunk, TrunkBoard

log = structlog.get_logger()


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
    """Places calls for leads. ``refused`` hears of every lead that a rule refuses at its turn; ``callers``
    are on the line because they dialled the hotline."""

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
        callers: Callable[[], Iterable[InboundTalk]] = tuple,
    ) -> None:
        self._book = book
        self._telephony = telephony
        self._clock = clock
        self._calls = calls
        self._agents = agents
        self._trunks = trunks
        self._definitions = definitions
        self._rules = rules
        self._outside = None if outside is None else AskedOutside(outside, clock)
        self._check = LastCheck(book, clock, calls, trunks, definitions, rules, self._outside, callers)
        self._refused = refused
        self._owed: dict[int, LeadPlan] = {}  # claimed leads that the store has not taken back yet

    @property
    def owes_leads(self) -> bool:
        """Whether the store has yet to take back a lead that came to nothing."""
        return bool(self._owed)

    @property
    def outside_took_s(self) -> float:
        """How long the outside check takes to answer lately, in seconds; 0 without one."""
        return 0.0 if self._outside is None else self._outside.took_s

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
        pace: Pace | None = None,
    ) -> Launch:
        """Place at most one call for the campaign's most urgent due lead; ``by_hand`` for a test call.

        ``with_agent`` reserves an agent for it. Without one, a call that will need an agent goes out only as
        far as ``terms`` cover every limit on abandoned calls that binds this very lead. ``pace`` is asked
        again when the outside check has answered.
        """
        async with gate.enter() as entry:
            if entry is None:
                return Launch(Launched.CLOSED)
            await self._give_back_owed()
            if with_agent and self._agents.ready <= self._agents.waiting:
                return Launch(Launched.NO_AGENT)
            claim = await self._book.claim(campaign.id, self._clock.now())
            if claim is None:
                return Launch(Launched.NOTHING_DUE)
            claim = replace(claim, evidence=replace(claim.evidence, by_hand=by_hand))
            way = Way(entry, with_agent, terms, pace)
            permit = await self._permit(campaign, claim, way)
            return permit if isinstance(permit, Launch) else await self._reserve(permit, way)

    async def claim(
        self, campaign: Campaign, gate: Gate, pace: Pace | None = None
    ) -> tuple[Launch, Claim | None]:
        """Take the most urgent lead that may be called now, for an agent to look at; no call is placed."""
        async with gate.enter() as entry:
            if entry is None:
                return Launch(Launched.CLOSED), None
            await self._give_back_owed()
            claim = await self._book.claim(campaign.id, self._clock.now())
            if claim is None:
                return Launch(Launched.NOTHING_DUE), None
            way = Way(entry, with_agent=True, pace=pace, calls=False)
            permit = await self._permit(campaign, claim, way)
            return (permit, None) if isinstance(permit, Launch) else (Launch(Launched.OFFERED), permit.claim)

    async def look(self, campaign: Campaign, gate: Gate) -> Launched:
        """Look whether somebody could be called if an agent came: ``OFFERED`` when so. No call is placed.

        Whoever may not be called is refused as at his turn, one lead at a visit; whoever may stays as he was.
        The outside check is not asked.
        """
        async with gate.enter() as entry:
            if entry is None:
                return Launched.CLOSED
            await self._give_back_owed()
            claim = await self._book.claim(campaign.id, self._clock.now())
            if claim is None:
                return Launched.NOTHING_DUE
            way = Way(entry, with_agent=True, calls=False)
            permit = await self._permit(campaign, claim, way, ask_outside=False)
            if isinstance(permit, Launch):
                return permit.what
            await self.put_back(claim.lead.id, as_it_was(claim.lead))
            return Launched.OFFERED

    async def call_offered(self, offer: Offer, gate: Gate, seat: Seat, pace: Pace | None = None) -> Launch:
        """Place the call of a lead that an agent has looked at, judged anew by what is known now."""
        async with gate.enter() as entry:
            seen = None if entry is None else await self._look(offer)
            if entry is None or seen is None:
                await self.give_back(offer.lead, Launched.CLOSED)
                return Launch(Launched.CLOSED)
            way = Way(entry, with_agent=True, pace=pace)
            permit = await self._permit(*seen, way)
            if isinstance(permit, Launch):
                return permit
            attempt_id, lead = _new_attempt_id(), permit.claim.lead
            trunk = self._trunks.take(lead.number)
            if trunk is None or not self._agents.reserve_offered(seat, offer, attempt_id):
                if trunk is not None:
                    self._trunks.give_back(trunk.name)
                why = Launched.NO_TRUNK if trunk is None else Launched.NO_AGENT
                return await self._not_placed(lead, way, why)
            return await self._place(permit, way, attempt_id, trunk, seat)

    async def is_unwanted(self, offer: Offer) -> bool:
        """Say whether the person of an offered lead asked meanwhile not to be called, or is gone."""
        seen = await self._check.look(offer.campaign.id, offer.lead.id)
        if seen is None:
            return True
        campaign, claim = seen
        now, rulebook = self._clock.now(), self._rules.book
        return opted_out(claim.lead, claim.customer, claim.evidence, campaign, now, rulebook)

    async def _look(self, offer: Offer) -> tuple[Campaign, Claim] | None:
        """Return an offered lead and its campaign as they are now: hours or lists may have changed since."""
        try:
            return await self._check.look(offer.campaign.id, offer.lead.id)
        except BaseException:
            self._owe(offer.lead, "not checked")
            raise

    async def give_back(self, lead: Lead, why: Launched) -> None:
        """Put a lead back as it was that was claimed and not called."""
        await self.put_back(lead.id, LeadPlan(LeadStatus.WAITING, lead.due_at, why))

    async def put_back(self, lead_id: int, plan: LeadPlan) -> None:
        """Put a lead back that was claimed and not called, with when and why."""
        self._owed[lead_id] = plan
        await self._give_back_owed()

    async def _reserve(self, permit: Permit, way: Way) -> Launch:
        """Take a trunk and an agent for a permitted call, or give the lead back."""
        lead, attempt_id = permit.claim.lead, _new_attempt_id()
        trunk = self._trunks.take(lead.number)
        if trunk is None:
            return await self._not_placed(lead, way, Launched.NO_TRUNK)
        agent = self._agents.reserve(attempt_id, permit.campaign.id) if way.with_agent else None
        if way.with_agent and agent is None:
            self._trunks.give_back(trunk.name)
            return await self._not_placed(lead, way, Launched.NO_AGENT)
        return await self._place(permit, way, attempt_id, trunk, agent)

    async def _not_placed(self, lead: Lead, way: Way, why: Launched) -> Launch:
        """Give back a lead that nothing but a free line or agent lacks."""
        self._check.let_go(way)
        await self.give_back(lead, why)
        return Launch(why)

    async def _permit(
        self, campaign: Campaign, claim: Claim, way: Way, *, ask_outside: bool = True
    ) -> Launch | Permit:
        """Ask the last check. A lead that may not be called is given back, whatever goes wrong meanwhile."""
        try:
            judged = await self._check.permit(campaign, claim, way, ask_outside=ask_outside)
        except BaseException:
            self._check.let_go(way)
            self._owe(claim.lead, "not checked")
            raise
        return await self._deny(judged, way) if isinstance(judged, Denial) else judged

    async def _deny(self, denial: Denial, way: Way) -> Launch:
        """Give a lead back that is not called now."""
        self._check.let_go(way)
        if denial.refusal is not None:
            return await self._refuse(denial.campaign, denial.lead, denial.refusal, denial.what)
        await self.give_back(denial.lead, denial.what)
        return Launch(denial.what, reason=denial.what, binding=denial.binding)

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

    def _owe(self, lead: Lead, why: str) -> None:
        """Give a lead back at the next visit. Where something was stored for it all the same, it stays so."""
        self._owed[lead.id] = LeadPlan(LeadStatus.WAITING, lead.due_at, why)

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
        self, permit: Permit, way: Way, attempt_id: str, trunk: Trunk, agent: Seat | None
    ) -> Launch:
        """Commit the attempt, then originate once. From the commit on, the call board owns its end."""
        lead = permit.claim.lead
        self._check.hold(permit.claim, way)  # until the board knows this call
        try:
            committed = await self._commit(permit, way, attempt_id, trunk, agent)
        except BaseException:
            self._check.let_go(way)
            self._agents.give_back(attempt_id)
            self._trunks.give_back(trunk.name)
            self._owe(lead, "the attempt was not stored")
            raise
        if isinstance(committed, Denial):
            self._agents.give_back(attempt_id)
            self._trunks.give_back(trunk.name)
            return await self._deny(committed, way)
        call, dial = committed
        call.with_agent = agent is not None
        self._calls.add(call)
        self._check.let_go(way)
        if way.pace is not None:
            way.pace.placed()
        if agent is not None and agent.call_id == attempt_id:  # his phone may be gone by now
            agent.subject = call  # his page shows the file before the voice
        return await self._send(call, dial)

    async def _commit(
        self, permit: Permit, way: Way, attempt_id: str, trunk: Trunk, agent: Seat | None
    ) -> tuple[LiveCall, Dial] | Denial:
        """Store the attempt. Whatever has changed since the lead was judged has it judged anew."""
        while True:
            claim, campaign = permit.claim, lawful(permit.campaign, permit.binding)
            lead = claim.lead
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
            if await self._book.open_attempt(attempt):
                at = attempt.committed_at
                return LiveCall(attempt_id, campaign, lead, claim.customer, lead.number, trunk.name, at), dial
            judged = await self._check.again(permit.campaign, claim, way)
            if isinstance(judged, Denial):
                return judged
            permit = judged

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
