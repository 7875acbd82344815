"""Rule packs over HTTP: which are in force, and taking those that have changed."""

from console.endpoint import Ask
from console.schemas.kinds import Empty
from console.schemas.packs import PacksOut


async def get_packs(ask: Ask, _: Empty) -> PacksOut:
    """Return the packs in force."""
    return PacksOut.model_validate(ask.desk.packs.packs())


async def reload_packs(ask: Ask, _: Empty) -> PacksOut:
    """Read the packs anew and put them in force; with a fault in any of them those in force stay."""
    return PacksOut.model_validate(await ask.desk.packs.reload(ask.who.name))
