"""Why a campaign is or is not dialing, for the command line: from the running service, else its database.

Knows where each answer comes from. Must not know what an answer means, or how it is shown. Without the
service nothing is changed: no table is made, no lead is claimed.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from campaigns.desk.why import WhyDesk
from campaigns.model import Campaign
from campaigns.rules_in_force import RulesInForce
from campaigns.why_facts import NOT_RUNNING, Live
from console.schemas.why import PersonWhyOut, WhyOut
from gateways.console_client import ConsoleClient, ConsoleSilent
from service.at_rest import at_rest
from service.clock import SystemClock
from service.remote import console_of
from service.settings import Settings
from service.tokens import has_tokens

Answer = dict[str, Any]


async def explain_campaign(settings: Settings, url: str, campaign: int) -> Answer:
    """Return why a campaign is or is not dialing now, as the API says it."""

    async def ask(console: ConsoleClient) -> Answer:
        told: Answer = await console.get(f"/api/campaigns/{campaign}/why")
        return told

    async def work_out(desk: WhyDesk) -> Answer:
        return WhyOut.of(await desk.campaign(campaign)).model_dump(mode="json")

    return await _answer(settings, url, ask, work_out)


async def explain_customer(settings: Settings, url: str, campaign: int, who: str) -> Answer:
    """Return what stands in the way of one customer, by reference or number, as the API says it."""

    async def ask(console: ConsoleClient) -> Answer:
        told: Answer = await console.get(f"/api/campaigns/{campaign}/why/customer", who=who)
        return told

    async def work_out(desk: WhyDesk) -> Answer:
        return PersonWhyOut.of(await desk.customer(campaign, who)).model_dump(mode="json")

    return await _answer(settings, url, ask, work_out)


async def _not_running(_: Campaign) -> Live:
    return NOT_RUNNING


async def _answer(
    settings: Settings,
    url: str,
    ask: Callable[[ConsoleClient], Awaitable[Answer]],
    work_out: Callable[[WhyDesk], Awaitable[Answer]],
) -> Answer:
    """Ask the service; where nobody answers at the settings' own address, work it out from the database."""
    # Without a token no service has ever run here.
    if url or has_tokens(settings.path(settings.http.tokens_file)):
        try:
            async with console_of(settings, url) as console:
                return await ask(console)
        except ConsoleSilent:
            if url:
                raise
    async with at_rest(settings) as kept:
        # The first thing this desk says is that the service does not run.
        return await work_out(
            WhyDesk(
                kept.store.campaign_book,
                kept.store.why_book,
                RulesInForce(kept.rules),
                SystemClock().now,
                _not_running,
                kept.speaks,
            )
        )
