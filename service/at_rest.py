"""What can be said without the running service: the database as it lies, rules and flows of the settings.

Knows where they come from. Must not know what is asked of them. Nothing is made or changed.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from campaigns.model import Campaign
from campaigns.rules.packs import RuleBook
from service.database import database_named
from service.definitions import somebody_speaks
from service.settings import Settings
from service.written import flows_of, rules_of
from store.opening import Store, open_existing


@dataclass(frozen=True, slots=True)
class AtRest:
    """The store, what binds its campaigns, and whether somebody of ours speaks in the calls of one."""

    store: Store
    rules: RuleBook
    speaks: Callable[[Campaign], bool]


@asynccontextmanager
async def at_rest(settings: Settings) -> AsyncIterator[AtRest]:
    """Open what the settings name; raises the errors of rules and flows, and ``StoreError``."""
    flows = flows_of(settings)
    rules = rules_of(settings, flows.messages)
    with database_named(settings):
        store = await open_existing(settings.database_url)
    try:
        yield AtRest(store, rules, lambda campaign: somebody_speaks(campaign, flows))
    finally:
        await store.close()
