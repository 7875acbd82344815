"""The last check before a call: may this lead be called at this very moment, and on what grounds?

Knows the rules, the outside check, the lines, and who is being called now. What takes time is followed by a
fresh look at everything: while the outside check is asked, or an agent looks at a lead, somebody may ask
never to be called again. Must not place calls nor give leads back.
"""

from collections.abc import Callable, Iterable
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
from dialer.door import Entry, Launched
from dialer.inbound import InboundTalk
from dialer.on_the_line import hindered_by_callers
from dialer.ports import CallBook, Claim, Clock
from dialer.trunks import TrunkBoard

LOOK_AGAIN: Final = timedelta(seconds=15)
"""How soon a lead is looked at again when a call to its number or person is under way: two leads may share a
telephone, and a person may have two. Once that call has ended, the gap that the house rules ask for decides,
from its end."""


class Pace(Protocol):
    """What paces a call that the outside check is asked about: the world goes on meanwhile."""

    def asks(self) -> None:
        """The outside check is asked: others need not wait for this visit."""

    async def turn(self) -> None:
        """Wait, after the answer, until one more call may be sent."""

    def allows(self) -> bool:
        """Say whether agents, lines and limits allow the call now. It is placed at once then."""

    def placed(self) -> None:
        """The call is on the board of calls: it is counted there from now on."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a call is meant to be placed: through which door, with a reserved agent or under which terms.

    ``pace`` is told when the outside check is asked, and asked again after it; None for a call by itself.
    ``calls`` is false where the lead is but laid before an agent.
    """

    entry: Entry
    with_agent: bool
    terms: AbandonTerms | None = None
    pace: Pace | None = None
    calls: bool = True


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
    """Judges claimed leads. ``outside`` is asked once for each, when all else allows the call.

    ``callers`` are on the line with us because they dialled the hotline.
    """

    def __init__(
        self,
        book: CallBook,
        clock: Clock,
        calls: CallBoard,
        trunks: TrunkBoard,
        flows: Flows,
        rules: RulesInForce,
        outside: ExternalCheck | None,
        callers: Callable[[], Iterable[InboundTalk]] = tuple,
    ) -> None:
        self._book = book
        self._clock = clock
        self._calls = calls
        self._trunks = trunks
        self._flows = flows
        self._rules = rules
        self._outside = outside
        self._callers = callers

    def hold(self, claim: Claim, way: Way) -> None:
        """Let nobody else call this number or person from now on, till ``let_go``."""
        self._calls.on_the_line.enter(way.entry, claim.lead.number, claim.customer)

    def let_go(self, way: Way) -> None:
        """The board of calls knows of the call now, or none is placed. Before the lead is given back: whoever
        takes it then must not find himself on the line."""
        self._calls.on_the_line.leave(way.entry)

    async def permit(
        self, campaign: Campaign, claim: Claim, way: Way, *, ask_outside: bool = True
    ) -> Permit | Denial:
        """Judge a claimed lead by what was read with it; asking outside takes time, so all is read anew."""
        judged = self._judge(campaign, claim, way)
        if self._outside is None or not ask_outside or isinstance(judged, Denial):
            return judged
        if way.calls:
            self.hold(claim, way)
        if way.pace is not None:
            way.pace.asks()
        answered = await way.entry.aside(self._ask_outside(self._outside, campaign, claim, way))
        if answered is None:
            return Denial(Launched.CLOSED, campaign, claim.lead)
        judged = await self.again(campaign, answered, way)
        if isinstance(judged, Permit) and way.pace is not None and not way.pace.allows():
            return Denial(Launched.LAPSED, judged.campaign, judged.claim.lead)
        return judged

    async def again(self, campaign: Campaign, claim: Claim, way: Way) -> Permit | Denial:
        """Judge a claimed lead by what is known now; the outside check is not asked once more."""
        before, busy = claim.evidence, self._under_way(claim, way)
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
        if not way.entry.is_open:
            return Denial(Launched.CLOSED, campaign, claim.lead)
        lead, automated = claim.lead, not self._flows.needs_agent(campaign.flow)
        evidence = replace(claim.evidence, agent_reserved=way.with_agent, automated=automated)
        now = self._clock.now()
        judged = verdict(lead, claim.customer, evidence, campaign, now, self._rules.book)
        if not judged.allowed:
            return Denial(Launched.REFUSED, campaign, lead, judged)
        if busy := busy or self._under_way(claim, way):
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

    def _under_way(self, claim: Claim, way: Way) -> Launched | None:
        """Say which call that is under way forbids one for a lead, of whatever campaign or of the hotline:
        one with its number, or one with its person on another of his numbers. Who tries a call himself may
        try several."""
        number, customer = claim.lead.number, claim.customer
        found = self._calls.on_the_line.hinders(number, customer, way.entry)
        if found is not Launched.IN_CALL:
            found = hindered_by_callers(self._callers(), number, customer) or found
        return None if found is Launched.WITH_PERSON and claim.evidence.by_hand else found

    def _binding(self, campaign: Campaign, claim: Claim) -> Binding:
        who, number = claim.customer, claim.lead.number
        return self._rules.book.binding(campaign.purpose, number, who.country, who.region, campaign.packs)

    async def _ask_outside(self, outside: ExternalCheck, campaign: Campaign, claim: Claim, way: Way) -> Claim:
        """Add the outside check's answer to what is known; a call that may go out waits for its turn."""
        answer = await outside.ask(claim.lead.number, campaign.purpose, campaign.id)
        again = None
        if answer.retry_after_s is not None:
            again = self._clock.now() + timedelta(seconds=answer.retry_after_s)
        if not answer.refusal and way.pace is not None:
            await way.pace.turn()
        known = replace(claim.evidence, external_block=answer.refusal, external_retry_at=again)
        return replace(claim, evidence=known)
