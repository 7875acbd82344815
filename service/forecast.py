"""``dialer forecast``: the desk of forecasts over the database alone, whether the service runs or not.

Must not know what a forecast is made of. Nothing is written.
"""

from datetime import datetime

from dialer.forecast.desk import ForecastDesk
from dialer.forecast.result import Forecast
from dialer.forecast.window import Question
from service.at_rest import at_rest
from service.settings import Settings


async def forecast_from(settings: Settings, question: Question, now: datetime) -> Forecast:
    """Forecast a campaign's day as of ``now``; raises ``InvalidInput``, ``NotFound`` and ``StoreError``."""
    async with at_rest(settings) as kept:
        store = kept.store
        desk = ForecastDesk(store.forecast_book, store.pacing_book, kept.rules, lambda: now, kept.speaks)
        return await desk.forecast(question)
