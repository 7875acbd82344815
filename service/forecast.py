"""``dialer forecast``: the desk of forecasts over the database alone, whether the service runs or not.

Knows settings, store and flows. Must not know what a forecast is made of. Nothing is written.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from dialer.forecast.desk import ForecastDesk
from dialer.forecast.result import Forecast
from dialer.forecast.window import Question
from ivr.flow.library import FlowLibrary
from service.definitions import somebody_speaks
from service.rules import rules_of
from service.settings import Settings
from store.opening import open_existing


async def forecast_from(settings: Settings, question: Question, now: datetime) -> Forecast:
    """Forecast a campaign's day as of ``now``; raises ``InvalidInput``, ``NotFound`` and ``StoreError``."""
    async with _desk(settings, now) as desk:
        return await desk.forecast(question)


@asynccontextmanager
async def _desk(settings: Settings, now: datetime) -> AsyncIterator[ForecastDesk]:
    rules = rules_of(settings)
    flows = FlowLibrary.read(settings.path(settings.flows) if settings.flows else None)
    store = await open_existing(settings.database_url)
    try:
        yield ForecastDesk(
            store.forecast_book,
            store.pacing_book,
            rules,
            lambda: now,
            lambda campaign: somebody_speaks(campaign, flows),
        )
    finally:
        await store.close()
