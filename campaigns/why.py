"""Why a campaign is or is not dialing: counts and live facts in, plain words out.

Knows what can keep a campaign from dialing and which of several things is told first. Must not know where
counts come from, a clock, or how the answer is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from campaigns.due_now import LeadGroup
from campaigns.model import Campaign, CampaignStatus, DialMode
from campaigns.why_facts import Facts, Live
from campaigns.why_lines import CALLING, Line, lines_of
from campaigns.why_words import ALL_TRUNKS_FULL, BY_OUTCOME, SWITCH_DOWN, bound_in_words


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps calls from being placed, or lets them.

    ``since`` is when it began, ``until`` when it ends on the clock of ``zone``, where that is known.
    """

    code: str
    text: str
    since: datetime | None = None
    until: datetime | None = None
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """The answer. ``headline`` is the first of ``reasons``; the ``lines`` add up to ``total`` leads.

    ``due`` leads could be called now; ``due_estimated`` says that this is the figure of a sample, scaled.
    ``next_at`` is the earliest moment at which any other lead may be called; None when there is none, and
    only a change can bring one.
    """

    campaign: Campaign
    at: datetime
    headline: Reason
    reasons: tuple[Reason, ...]
    lines: tuple[Line, ...]
    total: int
    due: int
    next_at: datetime | None
    due_estimated: bool = False


def explain(campaign: Campaign, at: datetime, groups: Sequence[LeadGroup], live: Live) -> Why:
    """Put together why a campaign is or is not dialing at a moment."""
    lines = tuple(_as_meant(line, campaign) for line in lines_of(groups))
    facts = Facts.of(campaign, live, groups, lines)
    found = [_reason(code, words(facts), facts) for code, applies, words in _PRECEDENCE if applies(facts)]
    return Why(
        campaign=campaign,
        at=at,
        headline=found[0],
        reasons=tuple(found),
        lines=lines,
        total=sum(group.leads for group in groups),
        due=facts.due,
        next_at=None if facts.comes_first is None else facts.comes_first.next_at,
        due_estimated=any(group.estimated for group in groups),
    )


def _as_meant(line: Line, campaign: Campaign) -> Line:
    """Say of claimed leads of a previewed campaign that an agent may still be looking at them."""
    if line.code != CALLING or campaign.mode is not DialMode.PREVIEW:
        return line
    return replace(line, text="before an agent, or being called now")


def _reason(code: str, text: str, facts: Facts) -> Reason:
    """Return a reason with the moments that belong to it."""
    if code == NOTHING_DUE and facts.comes_first is not None:
        return Reason(code, text, None, facts.comes_first.next_at, facts.comes_first.zone)
    if code in _FAILING:
        return Reason(code, text, facts.live.fails_since)
    return Reason(code, text, facts.campaign.status_at if code in _SINCE else None)


NOTHING_DUE: Final = "nothing-due"
"""The reason of a campaign whose waiting leads may all be called later only."""


def _halted(facts: Facts) -> str:
    return _status(facts.campaign, facts.campaign.status_reason)


def _status(campaign: Campaign, reason: str) -> str:
    """Say what the campaign is, by whom and why."""
    who = f" by {campaign.status_by}" if campaign.status_by else ""
    why = f": {reason}" if reason else ""
    return f"{campaign.status.value}{who}{why}"


def _finished(facts: Facts) -> str:
    """Say what is to be done for leads that came after the end; else what is left.

    It is told from the leads there are now: the reason written at the end was true of those there were then.
    """
    waiting = facts.due + facts.later
    if not facts.total:
        return "its lists are empty: load one and start it again; it is finished"
    if waiting:
        wait = "lead waits" if waiting == 1 else "leads wait"
        return f"{waiting} {wait}: start it again to have them called; it is finished"
    if facts.held:
        held = "lead is" if facts.held == 1 else "leads are"
        return f"{facts.held} {held} held: switch their list on and start it again; it is finished"
    return _status(facts.campaign, facts.left)


def _fails(facts: Facts) -> str:
    what = "the database does not answer or cannot be written" if facts.live.books_shut else "its rounds fail"
    return f"{what}: {facts.live.fails}; tried again each second"


def _trunks(facts: Facts) -> str:
    """Say which trunks are down. Calls are tried all the same: a provider may carry them unregistered."""
    down = "; ".join(facts.live.trunks_down)
    return f"no trunk works: {down}" if facts.live.no_trunk_works else f"not every trunk works: {down}"


def _calls(facts: Facts) -> str:
    calls = facts.live.calls
    return f"dialing: {calls} {'call' if calls == 1 else 'calls'} under way"


def _outside(facts: Facts) -> str:
    asking = facts.live.asking
    wait = "lead waits" if asking == 1 else "leads wait"
    return f"{asking} {wait} for the outside check, which took {facts.live.answers_take_s:.1f} s lately"


def _nobody(facts: Facts) -> str:
    """Say what holds most of those who wait, and how many wait for something else."""
    most = facts.waits_for
    if most is None:
        return "nobody is due yet"
    others = facts.later - most.leads
    more = f", {others} for other reasons" if others > 0 else ""
    return f"nobody may be called now: {most.in_words}{more}"


def _agents(facts: Facts) -> str:
    """Say what the agents are doing instead of being ready, or what the ready ones are kept for."""
    seated = {state: count for state, count in facts.live.agents.items() if count and state != "offline"}
    if not seated:
        return "no agent is logged in"
    doing = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in seated.items())
    waiting = facts.live.callers_waiting
    if seated.get("ready", 0) > waiting:
        return f"every ready agent is taken by a call under way or just being placed, or leaves soon: {doing}"
    owed = f"; callers waiting on the hotline come first: {waiting}" if waiting else ""
    return f"no agent is free for a call: {doing}{owed}"


def _bound(facts: Facts) -> str:
    return bound_in_words(facts.campaign, facts.live.bound)


def _about_to_dial(facts: Facts) -> str:
    return f"the next lead is about to be {'laid before an agent' if facts.offers_next else 'called'}"


def _outcome(facts: Facts) -> str:
    words = BY_OUTCOME[facts.live.came_to][1]
    return f"{words}: {facts.live.fault}" if facts.live.fault else words


def _said(text: str) -> Callable[[Facts], str]:
    return lambda _: text


def _is(status: CampaignStatus) -> Callable[[Facts], bool]:
    return lambda facts: facts.campaign.status is status


_PRECEDENCE: Final[tuple[tuple[str, Callable[[Facts], bool], Callable[[Facts], str]], ...]] = (
    ("service-down", lambda f: not f.live.service, _said("no service of this folder is running")),
    (
        "test-calls",
        lambda f: f.runs and f.campaign.for_test_calls,
        _said("it takes test calls alone (`dialer call`): nobody is called by itself"),
    ),
    ("draft", _is(CampaignStatus.DRAFT), _said("the campaign was never started")),
    ("paused", _is(CampaignStatus.PAUSED), _halted),
    ("stopped", _is(CampaignStatus.STOPPED), _halted),
    ("finished", _is(CampaignStatus.FINISHED), _finished),
    ("database-unusable", lambda f: f.fails and f.live.books_shut, _fails),
    ("rounds-fail", lambda f: f.fails and not f.live.books_shut, _fails),
    (
        "not-at-work",
        lambda f: f.runs and not (f.live.at_work or f.campaign.for_test_calls),
        _said("the service is not dialing for it yet"),
    ),
    ("switch-down", lambda f: f.runs and not f.live.switch_up, _said(SWITCH_DOWN)),
    ("empty", lambda f: not (f.total or f.is_finished), _said("the list is empty")),
    ("trunks-down", lambda f: f.lacks_trunks and f.live.no_trunk_works, _trunks),
    ("dialing", lambda f: f.could_dial and f.live.calls > 0, _calls),
    ("outside-check", lambda f: f.could_dial and f.live.asking > 0, _outside),
    (
        "judging-again",
        lambda f: f.live.judging_again,
        _said("leads that other rules refused are being judged again; some still stand as refused below"),
    ),
    (NOTHING_DUE, lambda f: not f.due and f.later > 0, _nobody),
    (
        "all-held",
        lambda f: f.held > 0 and not (f.due or f.later or f.is_finished),
        _said("whoever is left is held: the list is switched off"),
    ),
    (
        "all-refused",
        lambda f: f.refused > 0 and not (f.due or f.later or f.held or f.is_finished),
        _said("whoever is left is refused until something changes"),
    ),
    (
        "all-done",
        lambda f: f.total > 0 and not (f.due or f.later or f.held or f.refused or f.is_finished),
        _said("every lead is done or being called"),
    ),
    ("trunk-limit", lambda f: f.refused_at_the_door == "trunk-limit", _outcome),
    ("switch-refused", lambda f: f.refused_at_the_door == "switch-refused", _outcome),
    ("no-agent", lambda f: f.lacks_agents, _agents),
    ("trunk-limit", lambda f: f.is_bound and f.live.bound == ALL_TRUNKS_FULL, _bound),
    ("bound", lambda f: f.is_bound and not f.waits_for_agents, _bound),
    (
        "about-to-dial",
        lambda f: f.could_dial and f.due > 0 and not (f.live.calls or f.refused_at_the_door or f.is_bound),
        _about_to_dial,
    ),
    ("trunks-down", lambda f: f.lacks_trunks and not f.live.no_trunk_works, _trunks),
    ("due", lambda f: not (f.could_dial or f.is_finished) and f.due > 0, _said("leads are due")),
)
"""What is told first: code, when it applies, its words. Of any campaign at least one applies."""

_FAILING: Final = frozenset({"database-unusable", "rounds-fail"})

_SINCE: Final = frozenset({"paused", "stopped", "finished"})
"""The reasons of which it is known since when they hold: the campaign's own status."""
