"""The composition root: builds every part, starts them in order, stops them in stages.

The only place where adapters meet ports. A ``Switch`` says how this process reaches its Asterisk; settings
say the rest. Importing does nothing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from campaigns.desk.campaigns import CampaignDesk
from campaigns.desk.ledger import LedgerDesk
from campaigns.desk.newcomers import NewcomerDesk
from campaigns.desk.owners import OwnerDesk
from campaigns.desk.packs import PackDesk
from campaigns.desk.people import PeopleDesk
from campaigns.desk.retention import RetentionDesk
from campaigns.desk.why import WhyDesk
from campaigns.model import Campaign
from campaigns.rules.refusals import standing_on
from campaigns.rules_in_force import RulesInForce
from campaigns.why_facts import Live
from console.app import create_app
from console.ports import Desk
from dialer.agent_wishes import AgentWishes
from dialer.agents import AgentBoard
from dialer.ami.telephony import AmiTelephony
from dialer.answered_call import AnsweredCalls
from dialer.call_board import CallBoard
from dialer.callers import Callers
from dialer.calling_off import CallingOff
from dialer.campaign_run import CampaignRun
from dialer.cancelling import cancel
from dialer.control import DialingControl
from dialer.floor import AgentFloor
from dialer.halts import Halts
from dialer.launcher import Launcher
from dialer.legs import AgentLegs
from dialer.live import LivePicture
from dialer.live_facts import live_facts
from dialer.owed_records import OwedRecords
from dialer.pacing_desk import PacingDesk
from dialer.ports import Clock
from dialer.preview import Previews
from dialer.read_again import read_again
from dialer.recovery import Recovery
from dialer.shut_leads import ShutLeads
from dialer.switchboard import Switchboard
from dialer.trunks import TrunkBoard
from dialer.verdict_review import VerdictReview
from dialer.wrap_ups import WrapUps
from ivr.agi.server import FastAgiServer
from ivr.prompts.store import PromptStore
from service import greeting
from service.announcements import Announcements
from service.connections import Switch, listen, log_in, outside_check
from service.database import open_database
from service.definitions import Definitions, somebody_speaks
from service.forecast_process import ProcessForecasts
from service.health import HealthCheck, TrunkCheck
from service.list_desks import list_desks
from service.offline_votes import OfflineVoteFiles
from service.pbx.modules import required_modules
from service.schedule import Schedule
from service.settings import Settings
from service.stages import Stages
from service.tokens import tokens_of
from service.trunks import caller_forms_of, trunk_of
from service.version import VERSION
from service.written import flows_of, rules_of, templates_of
from store.opening import Store

log = structlog.get_logger()

DRAIN_S: Final = 10.0
"""How long running conversations may go on when the service stops; afterwards the dialplan finishes them."""


@dataclass(slots=True, eq=False)
class Service:
    """The running service. ``stop`` ends it in stages; ``url`` is where the console listens."""

    url: str
    version: str
    switch_version: str
    telephony: AmiTelephony
    control: DialingControl
    calls: CallBoard
    agents: AgentBoard
    floor: AgentFloor
    live: LivePicture
    store: Store
    _stages: Stages

    async def stop(self) -> None:
        """Place no more calls, let conversations end, close; a stage that fails does not stop the next."""
        await self._stages.close()
        log.info("service stopped")


async def open_service(settings: Settings, switch: Switch, clock: Clock, drain_s: float = DRAIN_S) -> Service:
    """Bring the service up; returns when calls can be placed and answered, as soon as the switch is there.

    ``drain_s`` is how long its ``stop`` waits for conversations with flows.
    Raises ``CannotStart`` and the errors of the parts; then everything opened is closed again.
    """
    opening = Stages()
    try:
        return await _open(settings, switch, clock, drain_s, opening)
    except BaseException:
        await opening.close()
        raise


async def _open(settings: Settings, switch: Switch, clock: Clock, drain_s: float, opening: Stages) -> Service:
    started_at = clock.now()
    # What people write is read before anything is made: a faulty definition leaves nothing behind.
    templates, flows = templates_of(settings), flows_of(settings)
    rules = RulesInForce(rules_of(settings, flows.messages))
    store = await open_database(settings)
    opening.then_stop("store", store.close)
    ledger = LedgerDesk(store.ledger_book)
    await ledger.enter_rules(rules.book, VERSION)
    book, people = store.call_book, store.campaign_book
    late = Announcements()
    halts = Halts(people, clock)
    desk = CampaignDesk(
        people,
        templates,
        clock.now,
        lambda: rules.book.packs,
        late.rules_changed,
        late.weighed,
        halts.as_it_stands,
    )
    recorded = settings.path(settings.recorded) if settings.recorded else None
    prompts = PromptStore(switch.prompts, switch.speaker, switch.prompts_seen_as, recorded, switch.spoken)
    region = settings.company.region
    trunks = [trunk_of(part, region) for part in settings.trunks]
    callers = caller_forms_of(trunks, region)
    names = [trunk.name for trunk in trunks]
    words = Definitions(flows, templates, prompts, settings.company, names, desk, people, clock, rules)
    await words.prepare_hotline()

    # The parts that tell each other of changes. Telephony comes last but one: events find everything built.
    live = LivePicture(clock, lambda: late.switchboard.ready)
    agents = AgentBoard(clock, late.changed)
    trunk_board = TrunkBoard(trunks, clock)
    calls = CallBoard(book, clock, late.moved, late.ended, late.heed)
    chance = random.SystemRandom().random
    telephony = AmiTelephony(switch.ami, clock, late.hear, chance)
    outside = await outside_check(settings, opening)
    review = VerdictReview(people, clock, lambda campaign: standing_on(campaign, rules.book), late.changed)
    shut = ShutLeads(store.due_book, book, clock, lambda: rules.book, late.changed, review.begin)
    opening.then_stop("shut leads", shut.close)
    launcher = Launcher(
        book,
        telephony,
        clock,
        calls,
        agents,
        trunk_board,
        words,
        rules,
        outside,
        shut.refused,
        lambda: (*answered.inbound.values(), *agents.taken_over_talks),
    )

    goal_s = settings.hotline.answer_within_s
    needs_agent = words.campaign_needs_agent
    pacing = PacingDesk(
        store.pacing_book,
        clock,
        calls,
        agents,
        rules,
        needs_agent,
        goal_s,
        lambda: launcher.outside_took_s,
    )
    previews = Previews(launcher, agents, clock, late.changed)
    agents.seat_watchers += [pacing, previews]
    agents.caller_watcher = pacing

    def make_run(campaign_id: int) -> CampaignRun:
        return CampaignRun(
            campaign_id,
            book,
            clock,
            launcher,
            calls,
            agents,
            trunk_board,
            pacing,
            previews,
            cancel=partial(cancel, telephony),
            switch_ready=lambda: late.switchboard.ready,
            puts_off=shut.is_looking,
        )

    control = DialingControl(
        people,
        telephony,
        clock,
        calls,
        launcher,
        words,
        make_run,
        review,
        halts,
        is_loading=lambda campaign_id: lists.imports.is_loading(campaign_id),
    )
    wrap_up_s = settings.hotline.wrap_up_s
    owed = OwedRecords()
    wrap_ups = WrapUps(agents, calls, book, people, clock, wrap_up_s, owed)
    agents.seat_watchers.append(wrap_ups)
    wishes = AgentWishes(book, clock, late.changed)
    legs = AgentLegs(agents, calls, telephony, book, clock, wrap_ups, wishes)
    floor = AgentFloor(
        agents,
        legs,
        telephony,
        book,
        people,
        clock,
        words.template,
        late.changed,
        pacing.recorded,
        previews,
        owed,
        wishes,
        late.opted_out,
    )
    votes = OfflineVoteFiles(switch.votes)
    recovery = Recovery(
        book,
        people,
        telephony,
        clock,
        calls,
        votes,
        late.adopted,
        late.voted,
        lambda: answered.inbound,
        late.opted_out,
    )
    lacking = partial(telephony.lacking, required_modules())
    switchboard = Switchboard(agents, calls, legs, recovery, late.changed, lacking)
    answered = AnsweredCalls(
        book,
        people,
        clock,
        calls,
        agents,
        words,
        recovery.find,
        wrap_up_s,
        late.voted,
        chance,
        callers,
        late.opted_out,
    )
    calling_off = CallingOff(book, telephony, clock, calls, rules, previews)
    late.bind(live, control, switchboard, calls, agents, trunk_board, recovery, pacing, calling_off)
    live.calls, live.agents = calls, agents

    lines = TrunkCheck(telephony.reach, settings.trunks, clock.monotonic)

    async def live_now(campaign: Campaign) -> Live:
        down, all_of_them = await lines.down()
        ready = late.switchboard.ready
        return live_facts(campaign, control, calls, agents, ready, down, no_trunk_works=all_of_them)

    for part in settings.agents:
        agents.add(part.id, part.name or part.id, part.phone or f"PJSIP/{part.id}")
    await book.reclaim_orphans()
    await read_again(store.suppression_book, book, callers, clock.now, VERSION)
    opening.then_stop("agents' wishes", wishes.close)
    opening.then_stop("wrap-ups", lambda: asyncio.wait_for(wrap_ups.drain(), DRAIN_S))
    opening.then_stop("calls", lambda: asyncio.wait_for(calls.drain(), DRAIN_S))

    # Closed in reverse: conversations end while the switch can still tell and be told.
    opening.then_stop("telephony", telephony.stop)
    opening.then_stop("switchboard", switchboard.stop)
    opening.then_stop("calling off", calling_off.close)
    routes = {"outbound": answered.outbound, "vote": answered.vote, "hotline": answered.hotline}
    agi = FastAgiServer(routes | {greeting.SCRIPT: greeting.greet}, switch.agi_host, switch.agi_port)
    await agi.start()
    opening.then_stop("agi", lambda: agi.stop(drain_s))
    await log_in(telephony, switch)

    tokens = tokens_of(settings.path(settings.http.tokens_file), [part.id for part in settings.agents])
    health = HealthCheck(
        telephony,
        lines,
        agi,
        people,
        lambda: switchboard.ready,
        lambda: switchboard.lacks,
        store.database.write_fault,
    )
    retention = RetentionDesk(store.retention_book, rules, clock.now)
    named = (await store.ledger_book.page(0, 1))[0].hash  # no two databases begin alike
    lists = list_desks(settings, store, templates, clock, retention, late.changed, late.opted_out, named)
    opening.then_stop("upload folder", lists.folder.close)
    opening.then_stop("uploads", lists.imports.close)
    owners = OwnerDesk(store.person_book, clock.now, [part.id for part in settings.agents])
    newcomers = NewcomerDesk(
        store.person_book,
        owners,
        clock.now,
        random.SystemRandom().choice,
        settings.company.region or None,
    )
    customers = PeopleDesk(
        store.person_book,
        people,
        owners,
        retention,
        clock.now,
        settings.company.region or None,
        late.opted_out,
        lists.imports.erase,
    )
    why = WhyDesk(
        people,
        store.why_book,
        rules,
        clock.now,
        live_now,
        lambda one: somebody_speaks(one, flows),
        halts.as_it_stands,
    )

    async def judged_anew() -> None:
        await pacing.packs_changed()
        await control.packs_changed()

    packs = PackDesk(rules, lambda: rules_of(settings, flows.messages), ledger, VERSION, judged_anew)
    console = create_app(
        Desk(
            campaigns=desk,
            dialing=control,
            floor=floor,
            callers=Callers(agents, newcomers, store.person_book, late.changed),
            live=live,
            pacing=pacing,
            health=health,
            imports=lists.imports,
            lists=lists.lists,
            suppression=lists.suppression,
            people=customers,
            newcomers=newcomers,
            owners=owners,
            why=why,
            packs=packs,
            ledger=ledger,
            forecasts=ProcessForecasts(settings, clock.now),
            tokens=tokens,
            version=VERSION,
            started_at=started_at,
        ),
        now=clock.now,
    )
    url = await listen(console, settings, opening)
    opening.then_stop("streams", _closing(live))

    opening.then_stop("pacing", pacing.keep)
    schedule = Schedule(
        clock,
        recovery,
        lambda: late.switchboard.ready,
        retention,
        ledger.head,
        pacing.keep,
        lists.imports.expire,
        customers.erase_who_asked,
    )
    schedule.start()
    opening.then_stop("schedule", schedule.stop)
    await control.go_on()
    opening.then_stop("dialing", control.close)
    log.info("service ready", url=url, switch=telephony.version or "not there yet")
    return Service(
        url, VERSION, telephony.version, telephony, control, calls, agents, floor, live, store, opening
    )


def _closing(live: LivePicture) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        live.close()

    return close
