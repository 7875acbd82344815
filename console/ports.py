"""What the console asks of the rooms below: use cases with data in and data out.

Implemented by ``campaigns/desk`` and ``dialer``, wired by ``service``. Errors that may come out are those of
``campaigns.errors`` and ``dialer.errors``; ``console/errors.py`` turns them into problem+json.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.desk.campaigns import CampaignDraft
from campaigns.desk.imports import ImportDesk
from campaigns.desk.ledger import LedgerDesk
from campaigns.desk.lists import ListDesk
from campaigns.desk.newcomers import CustomerDraft, NewcomerDesk
from campaigns.desk.owners import OwnerDesk
from campaigns.desk.packs import PackDesk
from campaigns.desk.people import PeopleDesk
from campaigns.desk.reports import CampaignReport
from campaigns.desk.suppression import SuppressionDesk
from campaigns.desk.why import WhyDesk
from campaigns.lines import AttemptLine, LeadLine
from campaigns.model import Campaign, Customer, Template
from campaigns.people import HotlineCall
from campaigns.reporting import Page
from dialer.agent_view import AgentView
from dialer.control import TestCall
from dialer.forecast.result import Forecast
from dialer.forecast.window import Question
from dialer.live import Counters
from dialer.pacing_view import PacingView
from dialer.receipts import PauseReceipt


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part of the service: whether it works, and what is wrong with it.

    Without one that is not ``vital`` the service works on, worse.
    """

    name: str
    ok: bool
    detail: str
    vital: bool = True


class Campaigns(Protocol):
    """Use cases of campaign managers. ``by`` is who asked."""

    def templates(self) -> Sequence[Template]:
        """Return all templates."""

    async def create(self, draft: CampaignDraft, by: str) -> Campaign:
        """Create a draft campaign; raises ``InvalidInput`` with every fault."""

    async def change_rules(
        self, campaign_id: int, hours: Mapping[str, str] | None, packs: Sequence[str], by: str
    ) -> Campaign:
        """Give a campaign other hours (None keeps them) and further packs; raises ``InvalidInput``."""

    async def weigh(self, campaign_id: int, weight: int, by: str) -> Campaign:
        """Give a campaign another part of shared agents; raises ``InvalidInput`` and ``NotFound``."""

    async def get(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""

    async def all(self, *, tests: bool = False) -> Sequence[Campaign]:
        """Return all campaigns, oldest first; ``tests``: those that test calls belong to as well."""

    async def report(self, campaign_id: int, limit: int) -> CampaignReport:
        """Return the campaign's figures and the first ``limit`` lines of its long lists."""

    async def not_reached(self, campaign_id: int, after: int, limit: int) -> Page[LeadLine]:
        """Return up to ``limit`` leads nobody talked to, after lead ``after``, each with the reason."""

    async def records(self, campaign_id: int, after: str, limit: int) -> Page[AttemptLine]:
        """Return up to ``limit`` attempts, newest first; raises ``InvalidInput`` for an unknown ``after``."""


class Dialing(Protocol):
    """Starting and stopping of dialing. Every change is stored with who and why."""

    async def start(self, campaign_id: int, by: str) -> Campaign:
        """Start a draft or finished campaign; raises ``NotAllowedNow`` naming what is missing."""

    async def pause(self, campaign_id: int, by: str, reason: str, cancel_unanswered: bool) -> PauseReceipt:
        """Stop placing calls; the receipt comes when every originate already written is acknowledged."""

    async def resume(self, campaign_id: int, by: str) -> Campaign:
        """Place calls again."""

    async def stop(self, campaign_id: int, by: str) -> PauseReceipt:
        """Stop for good; unanswered calls are cancelled, talks go on. It can not be started again."""

    async def test_call(self, number: str, by: str) -> TestCall:
        """Place one test call through the same door as every other call."""


class Floor(Protocol):
    """Use cases of agents. All but ``views`` raise ``NotKnown``, ``NotAllowedNow`` and ``NotSettled``."""

    def view(self, agent_id: str) -> AgentView:
        """Return what the agent's page shows now."""

    def views(self) -> Sequence[AgentView]:
        """Return all agents, by id."""

    async def log_in(self, agent_id: str) -> AgentView:
        """Call the agent's phone and seat him; he is ``connecting`` until his leg is up, then paused."""

    async def ready(self, agent_id: str) -> AgentView:
        """Take calls from now on."""

    async def pause(self, agent_id: str, reason: str) -> AgentView:
        """Take no calls; in a talk it takes effect after the wrap-up."""

    async def announce_leave(self, agent_id: str, at: datetime | None) -> AgentView:
        """Say when he will pause or go, None for not soon; refused for a moment that has passed."""

    async def call(self, agent_id: str) -> AgentView:
        """Ask for the call of the lead that is laid before the agent."""

    async def skip(self, agent_id: str, reason: str) -> AgentView:
        """Do not call the lead that is laid before the agent; it waits a while."""

    async def end_call(self, agent_id: str) -> AgentView:
        """Leave the talk; the customer goes on to the vote, the agent to wrap-up."""

    async def record(
        self,
        agent_id: str,
        attempt_id: str,
        outcome: str,
        note: str,
        callback_at: datetime | None = None,
    ) -> AgentView:
        """Record the outcome of a talk with a code of the template, a note, and the call-back agreed."""

    async def end_wrap_up(self, agent_id: str) -> AgentView:
        """End the wrap-up early."""

    async def log_out(self, agent_id: str) -> AgentView:
        """Leave; refused in a talk. The phone is hung up."""

    async def history(self, agent_id: str) -> Sequence[AttemptLine]:
        """Return the contact history of the customer the agent has now; empty without one."""


class Callers(Protocol):
    """What agents say about unknown callers of the hotline. Raises what ``Floor`` does."""

    async def make_customer(self, agent_id: str, call_id: str, draft: CustomerDraft) -> Customer:
        """Make a customer of the caller; raises ``InvalidInput`` and ``KnownCustomer`` too."""

    async def know_caller(self, agent_id: str, call_id: str, ref: str) -> Customer:
        """Say which customer the caller is, by his reference; raises ``NotFound`` too."""

    async def hotline_calls(self, agent_id: str) -> Sequence[HotlineCall]:
        """Return earlier calls to the hotline of the customer the agent has now; none without one."""


class Live(Protocol):
    """The live picture."""

    def counters(self, campaign_id: int | None) -> Counters:
        """Return the counters now; of one campaign, or of all."""

    def changes(self) -> AsyncIterator[None]:
        """Yield at once and then after every change, merged: a slow reader skips, never lags."""


class Pacing(Protocol):
    """How campaigns are paced."""

    def view(self, campaign_id: int) -> PacingView | None:
        """Return a campaign's pacing; None for one that has not dialled since the service started."""


class Health(Protocol):
    """The health of each part."""

    async def check(self) -> Sequence[PartHealth]:
        """Ask every part now."""


class Forecasts(Protocol):
    """Days of campaigns, forecast. It may take minutes, and holds nobody up."""

    async def forecast(self, question: Question) -> Forecast:
        """Forecast a day; raises ``InvalidInput`` with every fault, ``NotFound`` and ``NotAllowedNow``."""


@dataclass(frozen=True, slots=True)
class Token:
    """Who a bearer token speaks for. ``agent_id`` is set for an agent's own token."""

    name: str
    role: str  # "manager" or "agent"
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the console is given; built by the composition root.

    Desks that are pure use cases over a book come as they are: a twin of their book is twin enough.
    """

    campaigns: Campaigns
    dialing: Dialing
    floor: Floor
    callers: Callers
    live: Live
    pacing: Pacing
    health: Health
    imports: ImportDesk
    lists: ListDesk
    suppression: SuppressionDesk
    people: PeopleDesk
    newcomers: NewcomerDesk
    owners: OwnerDesk
    why: WhyDesk
    packs: PackDesk
    ledger: LedgerDesk
    forecasts: Forecasts
    tokens: Mapping[str, Token]
    version: str
    started_at: datetime
