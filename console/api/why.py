"""Why a campaign is or is not dialing, over HTTP. Translates; decides nothing."""

from console.endpoint import Ask
from console.schemas.kinds import Empty
from console.schemas.why import PersonWhyOut, WhoQuery, WhyOut


async def campaign_why(ask: Ask, _: Empty) -> WhyOut:
    """Return why a campaign is or is not dialing now."""
    return WhyOut.of(await ask.desk.why.campaign(ask.campaign_id))


async def customer_why(ask: Ask, _: Empty) -> PersonWhyOut:
    """Return what stands in the way of one customer."""
    return PersonWhyOut.of(await ask.desk.why.customer(ask.campaign_id, ask.query_as(WhoQuery).who))
