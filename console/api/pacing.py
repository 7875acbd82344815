"""A campaign's pacing over HTTP. Translates; decides nothing."""

from console.endpoint import Ask
from console.schemas.kinds import Empty
from console.schemas.pacing import PacingOut


async def campaign_pacing(ask: Ask, _: Empty) -> PacingOut:
    """Return why the campaign started the calls it started."""
    campaign = await ask.desk.campaigns.get(ask.campaign_id)
    view = ask.desk.pacing.view(campaign.id)
    if view is not None:
        return PacingOut.model_validate(view)
    return PacingOut(
        mode=campaign.mode,
        note="has not dialled since the service started",
        answer_rate=None,
        answer_rate_calls=0,
        ringing=0,
        agents=0,
        given_up=0,
        limits=(),
        decisions=(),
    )
