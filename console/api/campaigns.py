"""Campaigns over HTTP: create, start, pause, resume, stop, report. Translates; decides nothing."""

import asyncio

from console.endpoint import Ask, Reply
from console.schemas.campaigns import (
    CampaignIn,
    CampaignOut,
    CampaignPauseIn,
    CampaignsOut,
    CampaignsQuery,
    ReceiptOut,
    ReportOut,
    RulesIn,
    TemplatesOut,
    TestCallIn,
    TestCallOut,
    WeightIn,
)
from console.schemas.kinds import Empty
from console.schemas.report_pages import NotReachedOut, NotReachedQuery, RecordsOut, RecordsQuery, ReportQuery


async def list_templates(ask: Ask, _: Empty) -> TemplatesOut:
    """Return all templates with their defaults."""
    return TemplatesOut.model_validate({"templates": ask.desk.campaigns.templates()})


async def list_campaigns(ask: Ask, _: Empty) -> CampaignsOut:
    """Return all campaigns; those of test calls where they are asked for."""
    tests = ask.query_as(CampaignsQuery).tests
    return CampaignsOut.model_validate({"campaigns": await ask.desk.campaigns.all(tests=tests)})


async def create_campaign(ask: Ask, given: CampaignIn) -> Reply[CampaignOut]:
    """Create a draft campaign and say where it is."""
    campaign = await ask.desk.campaigns.create(given.draft(), ask.who.name)
    return Reply(CampaignOut.model_validate(campaign), headers={"Location": f"/api/campaigns/{campaign.id}"})


async def get_campaign(ask: Ask, _: Empty) -> CampaignOut:
    """Return one campaign."""
    return CampaignOut.model_validate(await ask.desk.campaigns.get(ask.campaign_id))


async def change_rules(ask: Ask, given: RulesIn) -> CampaignOut:
    """Change hours and packs; leads refused under the old ones are judged anew from then on."""
    changed = await ask.desk.campaigns.change_rules(ask.campaign_id, given.hours, given.packs, ask.who.name)
    return CampaignOut.model_validate(changed)


async def weigh(ask: Ask, given: WeightIn) -> CampaignOut:
    """Change its part of the agents that it shares with other campaigns."""
    return CampaignOut.model_validate(
        await ask.desk.campaigns.weigh(ask.campaign_id, given.weight, ask.who.name)
    )


async def start_campaign(ask: Ask, _: Empty) -> CampaignOut:
    """Start dialing."""
    return CampaignOut.model_validate(await ask.desk.dialing.start(ask.campaign_id, ask.who.name))


async def pause_campaign(ask: Ask, given: CampaignPauseIn) -> ReceiptOut:
    """Pause, and answer with the receipt once the pause is certain."""
    receipt = await ask.desk.dialing.pause(
        ask.campaign_id, ask.who.name, given.reason, given.cancel_unanswered
    )
    return ReceiptOut.model_validate(receipt)


async def resume_campaign(ask: Ask, _: Empty) -> CampaignOut:
    """Dial again."""
    return CampaignOut.model_validate(await ask.desk.dialing.resume(ask.campaign_id, ask.who.name))


async def stop_campaign(ask: Ask, _: Empty) -> ReceiptOut:
    """Stop for good: unanswered calls are hung up, talks go on."""
    return ReceiptOut.model_validate(await ask.desk.dialing.stop(ask.campaign_id, ask.who.name))


async def campaign_report(ask: Ask, _: Empty) -> ReportOut:
    """Return the campaign's figures, and by name who was not reached."""
    limit = ask.query_as(ReportQuery).limit
    return await asyncio.to_thread(ReportOut.of, await ask.desk.campaigns.report(ask.campaign_id, limit))


async def report_not_reached(ask: Ask, _: Empty) -> NotReachedOut:
    """Return some of those who were not reached."""
    query = ask.query_as(NotReachedQuery)
    page = await ask.desk.campaigns.not_reached(ask.campaign_id, query.after, query.limit)
    return await asyncio.to_thread(NotReachedOut.of, page)


async def report_records(ask: Ask, _: Empty) -> RecordsOut:
    """Return some of the attempts."""
    query = ask.query_as(RecordsQuery)
    page = await ask.desk.campaigns.records(ask.campaign_id, query.after, query.limit)
    return await asyncio.to_thread(RecordsOut.of, page)


async def test_call(ask: Ask, given: TestCallIn) -> TestCallOut:
    """Place one test call."""
    return TestCallOut.model_validate(await ask.desk.dialing.test_call(given.number, ask.who.name))
