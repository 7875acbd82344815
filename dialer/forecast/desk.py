"""The use case: read a campaign's leads and figures, and forecast a day of it.

Knows the books and the order of the work. Must not know HTTP, processes or a clock. Playing the days keeps
the processor busy for seconds to minutes: whoever must answer others meanwhile lets another process do it.
"""

from collections.abc import Callable
from datetime import datetime

from campaigns.errors import Fault, InvalidInput
from campaigns.model import Campaign, DialMode
from campaigns.rules.packs import RuleBook
from dialer.forecast.answer import forecast
from dialer.forecast.learned import ATTEMPTS_READ, knowledge, shelf_of
from dialer.forecast.play import Pacing
from dialer.forecast.ports import ForecastBook, LearnedBook
from dialer.forecast.result import Forecast
from dialer.forecast.roll import LeadRoll
from dialer.forecast.window import Question, checked
from dialer.pacing.budgets import US_TSR

RESERVING = frozenset({DialMode.PROGRESSIVE, DialMode.PREVIEW})
"""Modes in which every call has its agent."""


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
        now = self._now()
        roll = LeadRoll(campaign, self._rules, now, agent_reserved=question.mode in RESERVING)
        async for page in self._book.open_leads(campaign.id, now):
            for claim in page:
                roll.add(claim)
        learned = await self._learned.learned(campaign.id)
        known = knowledge(campaign, await self._book.newest_attempts(campaign.id, ATTEMPTS_READ), learned)
        shelf = shelf_of(campaign.id, learned)
        pacing = Pacing(
            question.mode,
            question.lines_per_agent,
            () if question.mode in RESERVING else (US_TSR,),
            None if shelf is None else shelf.memory,
        )
        return forecast(question, roll, known, pacing, now)
