"""Starting, pausing and stopping of campaigns: a pause is a receipt, and it binds."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from campaigns.lists import ListRow
from campaigns.model import Campaign, CampaignStatus, CustomerClass, LeadStatus
from campaigns.outage import Outage
from campaigns.ports import CampaignBook
from campaigns.rules.phone import zones_of
from campaigns.why_lines import remaining_in_words
from dialer.call_board import CallBoard
from dialer.campaign_run import CampaignRun
from dialer.door import Gate, Launched
from dialer.errors import NotAllowedNow
from dialer.halts import Halts
from dialer.launcher import Launcher
from dialer.ports import Clock
from dialer.receipts import HaltOrder, PauseReceipt, halted
from dialer.telephony import Telephony
from dialer.verdict_review import VerdictReview
from ivr.errors import IvrError

log = structlog.get_logger()

AGAIN_S: Final = 1.0
"""How long a campaign waits after a round that failed, in seconds."""

STARTABLE: Final = frozenset({CampaignStatus.DRAFT, CampaignStatus.FINISHED})
"""A campaign that had nothing left to do may start again; one that a person stopped for good may not."""

STANDS: Final[Mapping[CampaignStatus, str]] = {
    CampaignStatus.DRAFT: "has not been started yet",
    CampaignStatus.RUNNING: "is running already",
    CampaignStatus.PAUSED: "is paused: resume it",
    CampaignStatus.STOPPED: "was stopped for good: create a new campaign like it and load the list there",
    CampaignStatus.FINISHED: "is finished: load people into it and start it again",
}
"""How a campaign stands, and what can be done then, for whoever asked for something else."""

HELD: Final = "every lead that is left is held: its list is switched off"
LOADING: Final = "every lead is done so far, and a list is being loaded"
KEPT_OPEN: Final = frozenset({HELD, LOADING})
"""Why a campaign that has nobody to call goes on all the same."""

SERVICE: Final = "service"
"""Who changed a status when no person did."""

_NOT_PLACED: Final = "the test call was not placed"


@dataclass(frozen=True, slots=True)
class TestCall:
    """A test call that was placed: its attempt id, by which its course can be followed."""

    __test__ = False

    attempt_id: str
    number: str
    campaign_id: int


class Wiring(Protocol):
    """What control must know of definitions and of the process."""

    def missing(self, campaign: Campaign) -> list[str]:
        """Return what keeps a campaign from starting, in plain words; empty when nothing does."""

    async def objections(self, campaign: Campaign) -> list[str]:
        """Return what the rule packs that bind its leads object to in the campaign, in plain words."""

    async def prepare(self, campaign: Campaign) -> None:
        """Make the campaign's sounds ahead of its first call."""

    async def test_campaign(self) -> Campaign:
        """Return the campaign that test calls belong to, creating it once. It runs, or is paused."""


class DialingControl:
    """The campaigns that dial in this process.

    ``is_loading`` says whether a list is on its way into a campaign: then it is not over yet.
    """

    def __init__(
        self,
        people: CampaignBook,
        telephony: Telephony,
        clock: Clock,
        calls: CallBoard,
        launcher: Launcher,
        wiring: Wiring,
        make_run: Callable[[int], CampaignRun],
        review: VerdictReview,
        halts: Halts,
        is_loading: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self._people = people
        self._telephony = telephony
        self._clock = clock
        self._calls = calls
        self._launcher = launcher
        self._wiring = wiring
        self._make_run = make_run
        self._review = review
        self._halts = halts
        self._is_loading = is_loading
        self.rounds = Outage("campaign round failed", clock.now, clock.monotonic)
        self._runs: dict[int, CampaignRun] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        # One for each campaign: a pause must not wait until another one's sounds are made.
        self._changing: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._testing = asyncio.Lock()
        self._test_gate = Gate()

    @property
    def runs(self) -> Mapping[int, CampaignRun]:
        """The campaigns that dial now, by id."""
        return self._runs

    def wake(self) -> None:
        """Something changed that may allow another call."""
        for run in self._runs.values():
            run.wake()

    async def go_on(self) -> None:
        """At the start of the service: dial for every campaign that was running.

        Leads that were refused under other rule packs wait again, those of resting campaigns meanwhile.
        """
        campaigns = [one for one in await self._people.campaigns() if not one.for_test_calls]
        for campaign in campaigns:
            if campaign.status is CampaignStatus.RUNNING:
                await self._go_on_with(campaign)
        self._review.begin(*(one.id for one in campaigns if one.id not in self._runs))

    @property
    def outside_took_s(self) -> float:
        """How long the outside check takes to answer lately, in seconds."""
        return self._launcher.outside_took_s

    def rules_changed(self, campaign_id: int) -> None:
        """Have a campaign's refused leads judged anew, from now on, under its new hours and packs."""
        self._review.begin(campaign_id)
        self.wake()

    def is_judging_again(self, campaign_id: int) -> bool:
        """Say whether leads of a campaign may still stand as refused under rules that are no longer."""
        return self._review.is_looking(campaign_id)

    async def packs_changed(self) -> None:
        """Have the refused leads of all campaigns judged anew, from now on, under other rule packs.

        Those that dial come first.
        """
        every = [one.id for one in await self._people.campaigns()]
        self._review.begin(*sorted(every, key=lambda campaign_id: campaign_id not in self._runs))
        self.wake()

    async def _go_on_with(self, campaign: Campaign) -> None:
        """Dial for a campaign again, or pause it: one that lost its definitions must not stop the rest."""
        missing = self._wiring.missing(campaign)
        try:
            if not missing:
                await self._wiring.prepare(campaign)
        except IvrError as fault:
            missing = [str(fault)]
        if not missing:
            self._begin(campaign.id)
            return
        reason = f"cannot go on: {'; '.join(missing)}"
        log.error("campaign paused", campaign=campaign.id, reason=reason)
        await self._people.set_status(campaign.id, CampaignStatus.PAUSED, SERVICE, self._clock.now(), reason)

    async def start(self, campaign_id: int, by: str) -> Campaign:
        """Start a draft or finished campaign; raises ``NotAllowedNow`` naming what is missing."""
        async with self._changing[campaign_id]:
            campaign = await self._campaign(campaign_id)
            if campaign.for_test_calls and campaign.status is not CampaignStatus.RUNNING:
                return await self._run(campaign, by, "started")
            if campaign.status not in STARTABLE:
                raise _refusal(campaign)
            missing = self._wiring.missing(campaign)
            missing += _nobody_to_call(await self._people.lead_counts(campaign_id))
            missing += await self._wiring.objections(campaign)
            if missing:
                raise NotAllowedNow(f"campaign {campaign.name!r} cannot start: {'; '.join(missing)}")
            return await self._run(campaign, by, "started")

    async def resume(self, campaign_id: int, by: str) -> Campaign:
        """Place calls again after a pause."""
        async with self._changing[campaign_id]:
            campaign = await self._campaign(campaign_id)
            if campaign.status is not CampaignStatus.PAUSED:
                raise _refusal(campaign)
            if objections := await self._wiring.objections(campaign):
                raise NotAllowedNow(f"campaign {campaign.name!r} cannot go on: {'; '.join(objections)}")
            return await self._run(campaign, by, "resumed")

    async def pause(self, campaign_id: int, by: str, reason: str, cancel_unanswered: bool) -> PauseReceipt:
        """Stop placing calls; the receipt comes when every originate already written is acknowledged."""
        async with self._changing[campaign_id]:
            await self._must_be_under_way(campaign_id)
            return await self._halt(campaign_id, CampaignStatus.PAUSED, by, reason, cancel_unanswered)

    async def stop(self, campaign_id: int, by: str) -> PauseReceipt:
        """Stop for good; unanswered calls are cancelled, talks go on. It can not be started again."""
        async with self._changing[campaign_id]:
            await self._must_be_under_way(campaign_id, for_good=True)
            return await self._halt(campaign_id, CampaignStatus.STOPPED, by, "stopped", unanswered_too=True)

    async def test_call(self, number: str, by: str) -> TestCall:
        """Place one test call through the same door as every other call."""
        async with self._testing:  # the door takes the lead that is due: there must be one only
            return await self._test_call(number, by)

    async def _test_call(self, number: str, by: str) -> TestCall:
        campaign = self._halts.as_it_stands(await self._wiring.test_campaign())
        missing = self._wiring.missing(campaign)
        if campaign.status is CampaignStatus.PAUSED:
            missing.append(
                f"campaign {campaign.name!r} is paused by {campaign.status_by}: {campaign.status_reason} "
                f"(`dialer campaign resume {campaign.id}`)"
            )
        if missing:
            raise NotAllowedNow(f"no test call can be placed: {'; '.join(missing)}")
        await self._wiring.prepare(campaign)
        await self._launcher.give_up_waiting(campaign.id, _NOT_PLACED)
        now = self._clock.now()
        row = ListRow(
            ref=f"test-{now.isoformat()}",
            name=f"Test call by {by}",
            title="",
            language="en",
            customer_class=CustomerClass.ORDINARY,
            zones=zones_of(number),
            number=number,
            due_at=now,
            fields={},
            extras={},
        )
        await self._people.load_rows(campaign.id, [row])
        launch = await self._launcher.launch(campaign, self._test_gate, with_agent=False, by_hand=True)
        if launch.what is not Launched.PLACED:
            # Whoever asked is told now; nobody is to be called later, unasked.
            await self._launcher.give_up_waiting(campaign.id, _NOT_PLACED)
            raise NotAllowedNow(f"{_NOT_PLACED}: {launch.reason or launch.what}")
        return TestCall(launch.attempt_id, number, campaign.id)

    async def close(self) -> None:
        """Place no calls any more; returns when everything written is acknowledged."""
        await self._test_gate.close()
        for run in list(self._runs.values()):
            await run.gate.close()
            run.wake()
        await self._review.close()
        await self._halts.close()
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()))

    async def _campaign(self, campaign_id: int) -> Campaign:
        """Return a campaign as it stands, also where the store does not know that yet."""
        return self._halts.as_it_stands(await self._people.campaign(campaign_id))

    async def _must_be_under_way(self, campaign_id: int, *, for_good: bool = False) -> None:
        """Raise ``NotAllowedNow`` for a campaign that cannot be halted; one that dials always can."""
        run = self._runs.get(campaign_id)
        if run is not None and run.gate.is_open:
            return  # whatever the store says, or cannot say
        campaign = await self._campaign(campaign_id)
        if for_good and campaign.for_test_calls:
            raise NotAllowedNow(
                f"campaign {campaign.name!r} takes test calls and is never over: pause it to allow none"
            )
        if campaign.status not in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
            raise _refusal(campaign)

    async def _run(self, campaign: Campaign, by: str, how: str) -> Campaign:
        if not await self._halts.are_stored(campaign.id):
            raise NotAllowedNow(
                f"campaign {campaign.name!r} is halted, and the store has not taken that yet:"
                " it can go on when the database can be written"
            )
        await self._wiring.prepare(campaign)
        now = self._clock.now()
        changed = await self._people.set_status(campaign.id, CampaignStatus.RUNNING, by, now, how)
        if not campaign.for_test_calls:
            self._begin(campaign.id)
        log.info("campaign running", campaign=campaign.id, by=by)
        return changed

    def _begin(self, campaign_id: int) -> None:
        run = self._make_run(campaign_id)
        run.on_round = lambda: self.rounds.works(str(campaign_id))
        self._runs[campaign_id] = run
        self._review.begin(campaign_id)
        self._tasks[campaign_id] = asyncio.create_task(self._watch(run), name=f"campaign {campaign_id}")

    async def _watch(self, run: CampaignRun) -> None:
        """Keep a campaign dialing; a fault in one round must not end the campaign in silence."""
        while True:
            try:
                await self._say_that_it_goes_on(run)
                if not await run.work() or await self._is_finished(run):
                    break
                await run.idle()
            except Exception as fault:
                self.rounds.failed(str(run.campaign_id), fault)
                if not run.gate.is_open:
                    break
                await asyncio.sleep(AGAIN_S)
        self.rounds.works(str(run.campaign_id))  # whoever dials no more waits for nothing
        if self._runs.get(run.campaign_id) is run:
            del self._runs[run.campaign_id]
            self._tasks.pop(run.campaign_id, None)

    async def _is_finished(self, run: CampaignRun) -> bool:
        """Close a campaign that has nothing left to do, unless someone has paused or stopped it meanwhile.

        False when it goes on: leads came meanwhile, or something may still bring some, which is then said.
        """
        async with self._changing[run.campaign_id]:
            campaign = await self._people.campaign(run.campaign_id)
            if campaign.status is not CampaignStatus.RUNNING or not run.gate.is_open:
                return True
            # Asked first: the last rows that come, or wait again, must be seen below.
            loading, reviewing = self._is_loading(run.campaign_id), self._review.is_looking(run.campaign_id)
            if await run.has_waiting() or reviewing:
                return False
            reason = HELD if await run.has_held() else LOADING if loading else ""
            if reason:
                await self._say(campaign, CampaignStatus.RUNNING, reason)
                return False
            left = await self._people.lead_groups(run.campaign_id, self._clock.now())
            await self._say(campaign, CampaignStatus.FINISHED, remaining_in_words(left))
            return True

    async def _say_that_it_goes_on(self, run: CampaignRun) -> None:
        """Take back what was said of a campaign that had nobody to call, now that it has."""
        async with self._changing[run.campaign_id]:
            campaign = await self._people.campaign(run.campaign_id)
            kept_open = campaign.status is CampaignStatus.RUNNING and campaign.status_reason in KEPT_OPEN
            if run.gate.is_open and kept_open and await run.has_waiting():
                await self._say(campaign, CampaignStatus.RUNNING, "there are leads to call again")

    async def _say(self, campaign: Campaign, status: CampaignStatus, reason: str) -> None:
        """Store what the service itself says about a campaign, once."""
        if (campaign.status, campaign.status_reason) != (status, reason):
            await self._people.set_status(campaign.id, status, SERVICE, self._clock.now(), reason)
            log.info("campaign", campaign=campaign.id, status=status.value, reason=reason)

    async def _halt(
        self, campaign_id: int, status: CampaignStatus, by: str, reason: str, unanswered_too: bool
    ) -> PauseReceipt:
        """Place no calls any more, and give the receipt."""
        run = self._runs.get(campaign_id)
        receipt = await halted(
            HaltOrder(campaign_id, status, by, reason, unanswered_too),
            None if run is None else run.gate,
            self._calls,
            self._telephony,
            self._clock,
            self._halts,
        )
        if run is not None:
            run.wake()
        return receipt


def _refusal(campaign: Campaign) -> NotAllowedNow:
    """Return the refusal of what a campaign's status does not allow, with what it allows."""
    return NotAllowedNow(f"campaign {campaign.name!r} {STANDS[campaign.status]}")


def _nobody_to_call(counts: Mapping[LeadStatus, int]) -> list[str]:
    """Say what a campaign's list lacks before it can start; nothing when somebody waits, even held."""
    if not sum(counts.values()):
        return ["the list is empty: import one first"]
    if sum(counts.values()) == counts[LeadStatus.DONE]:
        return ["every lead is done: load another list, or recycle one"]
    return []
