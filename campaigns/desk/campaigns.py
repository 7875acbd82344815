"""Create and look up campaigns, report on them: the desk of a campaign manager.

Knows templates, drafts and the book. Must not know HTTP, a database or a clock: the moment comes from a
callable. Starting and pausing belong to the dialer.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from campaigns.desk.reports import CampaignReport, sum_up, with_reasons
from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.lines import AttemptLine, LeadLine
from campaigns.model import (
    LEAST_LINES,
    MOST_LINES,
    MOST_WEIGHT,
    TEST_CALLS,
    AmdMode,
    Campaign,
    CampaignStatus,
    DialMode,
    HoursWindow,
    Template,
)
from campaigns.ports import CampaignBook
from campaigns.reporting import Page
from campaigns.rules.phone import is_e164
from campaigns.templates import parse_hours

MAX_NAME: Final = 120
DEFAULT_CHANNELS: Final = 30
DEFAULT_CALLS_PER_SECOND: Final = 5.0
DEFAULT_CHECK_SHARE: Final = 0.05

_Number = TypeVar("_Number", int, float)

BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "max_attempts": (1, 100),
    "ring_timeout_s": (5, 120),
    "wrap_up_s": (0, 3600),
    "max_channels": (1, 10_000),
    "calls_per_second": (0.1, 1_000),
    "amd_check_share": (0, 1),
    "lines_per_agent": (LEAST_LINES, MOST_LINES),
    "weight": (1, MOST_WEIGHT),
}
"""What the figures of a campaign may be, both ends included; the API's schema and the page's form take it."""


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """What a manager gives to create a campaign; None takes the template's default.

    ``packs`` are rule packs that bind it beside those that bind it anyway; ``amd``, ``machine_message`` and
    ``amd_check_share`` are as in ``Campaign``. ``mode`` is how it
    is paced: a flow without an agent is agentless whatever it says. ``lines_per_agent`` belongs to ratio.
    ``weight`` is its part of agents that it shares with other campaigns.
    """

    name: str
    template: str
    company: str
    caller_id: str
    callback_number: str
    hours: Mapping[str, str] | None = None
    max_attempts: int | None = None
    ring_timeout_s: float | None = None
    wrap_up_s: float | None = None
    max_channels: int | None = None
    calls_per_second: float | None = None
    packs: tuple[str, ...] = ()
    amd: AmdMode = AmdMode.OFF
    machine_message: bool = False
    amd_check_share: float | None = None
    mode: DialMode = DialMode.PROGRESSIVE
    lines_per_agent: float | None = None
    weight: int | None = None


def _nothing(_campaign: object) -> None:
    """Nothing has to be told."""


def _as_stored(campaign: Campaign) -> Campaign:
    """Nobody knows more of a campaign than the book."""
    return campaign


class CampaignDesk:
    """Use cases of campaign managers over a book, as ``console.ports.Campaigns`` asks for them.

    ``now`` returns the moment, aware, in UTC. ``packs`` returns the names of the rule packs there are.
    ``rules_changed`` is told which campaign's rules have changed, and has its refused leads judged anew,
    without anybody waiting for it;
    ``weighed`` is told a campaign that has another weight. ``as_it_stands`` returns a stored campaign with
    the pause or stop that binds it already, though the book has not taken it yet.
    """

    def __init__(
        self,
        book: CampaignBook,
        templates: Mapping[str, Template],
        now: Callable[[], datetime],
        packs: Callable[[], Collection[str]] = tuple,
        rules_changed: Callable[[int], None] = _nothing,
        weighed: Callable[[Campaign], None] = _nothing,
        as_it_stands: Callable[[Campaign], Campaign] = _as_stored,
    ) -> None:
        self._book = book
        self._packs = packs
        self._templates = templates
        self._now = now
        self._rules_changed = rules_changed
        self._weighed = weighed
        self._as_it_stands = as_it_stands

    def templates(self) -> Sequence[Template]:
        """Return all templates that a campaign can be made from."""
        return tuple(one for one in self._templates.values() if one.name != TEST_CALLS)

    async def create(self, draft: CampaignDraft, by: str) -> Campaign:
        """Create a draft campaign; raises ``InvalidInput`` with every fault, or that the name is taken."""
        return await self._create(draft, by, {one.name: one for one in self.templates()})

    async def create_for_test_calls(self, draft: CampaignDraft, by: str) -> Campaign:
        """Create a campaign that test calls belong to; raises as ``create`` does."""
        return await self._create(draft, by, self._templates)

    async def _create(self, draft: CampaignDraft, by: str, templates: Mapping[str, Template]) -> Campaign:
        template = templates.get(draft.template)
        faults = _draft_faults(draft)
        if template is None:
            known = ", ".join(templates) or "none"
            faults.append(Fault("template", f"no template {draft.template!r}; there are: {known}"))
        faults += self._pack_faults(draft.packs)
        hours = _given_hours(draft.hours, faults)
        if template is None or faults:
            raise InvalidInput(faults)
        return await self._book.add_campaign(_campaign(draft, template, hours, by, self._now()))

    def _pack_faults(self, packs: Sequence[str]) -> list[Fault]:
        known = self._packs()
        unknown = [name for name in packs if name not in known]
        if not unknown:
            return []
        there = ", ".join(sorted(known)) or "none"
        return [Fault("packs", f"no rule pack {', '.join(map(repr, unknown))}; there are: {there}")]

    async def change_rules(
        self, campaign_id: int, hours: Mapping[str, str] | None, packs: Sequence[str], by: str
    ) -> Campaign:
        """Give a campaign other calling hours (None keeps them) and further rule packs, also while it runs.

        A pack is never taken away. The new rules bind the next call; leads that were refused under the old
        ones are judged anew from now on, which takes its time where they are many. Raises ``InvalidInput``
        with every fault, and ``NotFound``.
        """
        campaign = await self._book.campaign(campaign_id)
        faults = self._pack_faults(packs)
        given = _given_hours(hours, faults)
        if faults:
            raise InvalidInput(faults)
        windows = campaign.hours if given is None else given
        bound = tuple(dict.fromkeys((*campaign.packs, *packs)))
        if (windows, bound) == (campaign.hours, campaign.packs):
            return self._as_it_stands(campaign)
        changed = await self._book.set_rules(campaign_id, windows, bound, by, self._now())
        self._rules_changed(campaign_id)
        return self._as_it_stands(changed)

    async def weigh(self, campaign_id: int, weight: int, by: str) -> Campaign:
        """Give a campaign another part of the agents that it shares with others, also while it runs.

        Raises ``InvalidInput`` and ``NotFound``.
        """
        if faults := _out_of_bounds("weight", weight):
            raise InvalidInput(faults)
        campaign = await self._book.campaign(campaign_id)
        if campaign.weight != weight:
            campaign = await self._book.set_weight(campaign_id, weight, by)
            self._weighed(campaign)
        return self._as_it_stands(campaign)

    async def get(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        return self._as_it_stands(await self._book.campaign(campaign_id))

    async def all(self, *, tests: bool = False) -> Sequence[Campaign]:
        """Return all campaigns, oldest first; ``tests``: those that test calls belong to as well."""
        every = await self._book.campaigns()
        return [self._as_it_stands(one) for one in every if tests or not one.for_test_calls]

    async def report(self, campaign_id: int, limit: int) -> CampaignReport:
        """Return the campaign's figures and the first ``limit`` lines of its long lists.

        Everything is counted where it is kept: calls in progress do not wait for a list of a million.
        """
        campaign = await self.get(campaign_id)
        template = self._templates.get(campaign.template)
        return sum_up(
            campaign,
            self._now(),
            await self._book.tally(campaign_id),
            not_reached=await self._book.leads(campaign_id, limit=limit, reached=False),
            records=await self._book.attempts(campaign_id, limit=limit),
            scale=None if template is None else template.vote_scale,
        )

    async def not_reached(self, campaign_id: int, after: int, limit: int) -> Page[LeadLine]:
        """Return up to ``limit`` leads nobody talked to, after lead ``after``, each with the reason."""
        await self._book.campaign(campaign_id)
        return with_reasons(await self._book.leads(campaign_id, after, limit, reached=False))

    async def records(self, campaign_id: int, after: str, limit: int) -> Page[AttemptLine]:
        """Return up to ``limit`` attempts, newest first; raises ``InvalidInput`` for an unknown ``after``."""
        await self._book.campaign(campaign_id)
        try:
            return await self._book.attempts(campaign_id, after, limit)
        except NotFound:
            raise InvalidInput([Fault("query after", "is no attempt of this campaign")]) from None


def _draft_faults(draft: CampaignDraft) -> list[Fault]:
    faults: list[Fault] = []
    for place, text in (("name", draft.name), ("company", draft.company)):
        if not text.strip():
            faults.append(Fault(place, "is empty"))
        elif len(text) > MAX_NAME:
            faults.append(Fault(place, f"longer than {MAX_NAME} characters"))
        elif not text.isprintable():
            faults.append(Fault(place, "holds control characters"))
    for place, number in (("caller_id", draft.caller_id), ("callback_number", draft.callback_number)):
        if number and not is_e164(number):
            faults.append(Fault(place, f"{number[:40]!r} is not a number like +12025550123"))
    if draft.machine_message and draft.amd is AmdMode.OFF:
        faults.append(Fault("machine_message", "needs detection of machines: set amd"))
    for place in BOUNDS:
        faults += _out_of_bounds(place, getattr(draft, place))
    return faults


def _out_of_bounds(place: str, value: float | None) -> list[Fault]:
    least, most = BOUNDS[place]
    if value is None or least <= value <= most:
        return []
    return [Fault(place, f"{value} is not from {least:g} to {most:g}")]


def _given_hours(hours: Mapping[str, str] | None, faults: list[Fault]) -> tuple[HoursWindow, ...] | None:
    if hours is None:
        return None
    try:
        return parse_hours(hours)
    except InvalidInput as refusal:
        faults += refusal.faults
        return None


def _campaign(
    draft: CampaignDraft, template: Template, hours: tuple[HoursWindow, ...] | None, by: str, at: datetime
) -> Campaign:
    """Bind a sound draft to its template. The book gives the id."""
    return Campaign(
        id=0,
        name=draft.name.strip(),
        template=template.name,
        template_version=template.version,
        purpose=template.purpose,
        status=CampaignStatus.DRAFT,
        company=draft.company.strip(),
        caller_id=draft.caller_id,
        callback_number=draft.callback_number,
        flow=template.flow,
        hours=template.hours if hours is None else hours,
        retries=template.retries,
        max_attempts=_given(draft.max_attempts, template.max_attempts),
        anchor=template.anchor,
        ring_timeout_s=_given(draft.ring_timeout_s, template.ring_timeout_s),
        connect_limit_s=template.connect_limit_s,
        wrap_up_s=_given(draft.wrap_up_s, template.wrap_up_s),
        max_channels=_given(draft.max_channels, DEFAULT_CHANNELS),
        calls_per_second=_given(draft.calls_per_second, DEFAULT_CALLS_PER_SECOND),
        created_at=at,
        status_by=by,
        status_at=at,
        status_reason="created",
        packs=tuple(dict.fromkeys(draft.packs)),
        amd=draft.amd,
        machine_message=draft.machine_message,
        amd_check_share=_given(draft.amd_check_share, DEFAULT_CHECK_SHARE),
        mode=draft.mode,
        lines_per_agent=_given(draft.lines_per_agent, 1.0),
        weight=_given(draft.weight, 1),
    )


def _given(value: _Number | None, default: _Number) -> _Number:
    return default if value is None else value
