"""Owners of customers over HTTP: how much each takes, sharing out, substitutes. Decides nothing."""

from campaigns.people import Absence
from console.endpoint import Ask
from console.schemas.kinds import Empty
from console.schemas.owners import AbilityIn, AbsenceEndIn, AbsenceIn, HandOverIn, OwnersOut, SharedOut


async def get_owners(ask: Ask, _: Empty) -> OwnersOut:
    """Return who takes how much, who looks after how many, and who is away."""
    return OwnersOut.model_validate(await ask.desk.owners.owners())


async def set_ability(ask: Ask, given: AbilityIn) -> OwnersOut:
    """Say how much an agent takes."""
    return OwnersOut.model_validate(await ask.desk.owners.set_ability(given.agent_id, given.ability))


async def share_out(ask: Ask, _: Empty) -> SharedOut:
    """Give an owner to every customer who has none."""
    return SharedOut(shared=await ask.desk.owners.share_out())


async def hand_over(ask: Ask, given: HandOverIn) -> SharedOut:
    """Share an owner's customers out between the others, for good."""
    return SharedOut(shared=await ask.desk.owners.hand_over(given.agent_id))


async def add_absence(ask: Ask, given: AbsenceIn) -> OwnersOut:
    """Name a substitute for the time an owner is away."""
    absence = Absence(given.agent_id, given.substitute_id, given.from_at, given.until_at)
    return OwnersOut.model_validate(await ask.desk.owners.stand_in(absence))


async def end_absence(ask: Ask, given: AbsenceEndIn) -> OwnersOut:
    """End an absence now, or take it back before it begins."""
    return OwnersOut.model_validate(await ask.desk.owners.end_absence(given.agent_id, given.from_at))
