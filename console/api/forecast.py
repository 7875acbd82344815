"""A campaign's day, forecast, over HTTP. Translates; decides nothing."""

from console.endpoint import Ask
from console.schemas.forecast import ForecastOut, ForecastQuery
from console.schemas.kinds import Empty


async def campaign_forecast(ask: Ask, _: Empty) -> ForecastOut:
    """Forecast a day of a campaign."""
    question = ask.query_as(ForecastQuery).question(ask.campaign_id)
    return ForecastOut.of(await ask.desk.forecasts.forecast(question))
