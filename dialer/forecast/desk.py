"""The use case: read a campaign's leads and figures, and forecast a day of it.

Knows the books and the order of the work. Must not know HTTP, processes or a clock. Playing the days keeps
the processor busy for seconds to minutes: whoever must answer others meanwhile lets another process do it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from campaigns.errors import Fault, InvalidInput
from campaigns.model import Campaign, DialMode
from campaigns.rules.abandon import terms_of
from campaigns.rules.packs import RuleBook
from dialer.forecast.answer import forecast
from dialer.forecast.learned import ATTEMPTS_READ, knowledge, shelf_of
from dialer.forecast.play import Pacing
from dialer.forecast.ports import ForecastBook, LearnedBook
from dialer.forecast.result import Forecast
from dialer.forecast.roll import LeadRoll
from dialer.forecast.window import Question, checked
from dialer.paced import rules_of


class ForecastDesk:
    """Forecasts over books. ``needs_agent`` says whether somebody of ours speaks in a campaign's calls."""

    def __init__(
        self,
        book: ForecastBook,
        learned: LearnedBook,
        rules: RuleBook,
        now: Callable[[], datetime],
        needs_agent: Callable[[Campaign], bool],
    ) -> None:
        self._book = book
        self._learned = learned
        self._rules = rules
        self._now = now
        self._needs_agent = needs_agent

    async def forecast(self, question: Question) -> Forecast:
        """Forecast a day; raises ``InvalidInput`` with every fault of the question, and ``NotFound``."""
        checked(question)
        campaign = await self._book.campaign(question.campaign_id)
        if not self._needs_agent(campaign):
            raise InvalidInput([Fault("campaign", f"no agent speaks in {campaign.name}: channels bound it")])
        mode, notes = _mode(question, campaign)
        now = self._now()
        roll = LeadRoll(campaign, self._rules, now, agent_reserved=mode is DialMode.PROGRESSIVE)
        async for page in self._book.open_leads(campaign.id, now):
            for claim in page:
                roll.add(claim)
        shelf = shelf_of(campaign.id, await self._learned.learned(campaign.id))
        known = knowledge(campaign, await self._book.newest_attempts(campaign.id, ATTEMPTS_READ), shelf)
        pacing = replace(
            pacing_of(roll, mode, question.lines_per_agent or campaign.lines_per_agent),
            memory=None if shelf is None else shelf.memory,
            notes=notes,
        )
        return forecast(question, roll, known, pacing, now)


def _mode(question: Question, campaign: Campaign) -> tuple[DialMode, tuple[str, ...]]:
    """Return the mode to play, and what to say of it; raises ``InvalidInput`` where agents decide nothing."""
    mode = question.mode or campaign.mode
    if mode is DialMode.PREVIEW:
        note = "preview is played as progressive: how long agents look at a lead first is not known"
        return DialMode.PROGRESSIVE, (note,)
    if mode is DialMode.AGENTLESS:
        raise InvalidInput([Fault("campaign", f"{campaign.name} is paced by its channels, not by agents")])
    return mode, ()


def pacing_of(roll: LeadRoll, mode: DialMode, lines_per_agent: float) -> Pacing:
    """Return how calls to these leads are paced by what all their rule packs say together."""
    terms = terms_of(group.binding for group in roll.groups)
    rules = rules_of(roll.campaign, mode, lines_per_agent, terms)
    return Pacing(
        mode,
        lines_per_agent,
        () if mode is DialMode.PROGRESSIVE else rules.budgets,
        connect_limit_s=rules.connect_limit_s,
        min_ring_s=rules.min_ring_s,
    )
