"""Why a campaign is or is not dialing: counts and live facts in, plain words out.

Knows what can keep a campaign from dialing and which of several things is told first. Must not know where
counts come from, a clock, or how the answer is shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from campaigns.due_now import LeadGroup, due_of
from campaigns.model import Campaign, CampaignStatus, DialMode, LeadStatus
from campaigns.why_lines import CALLING, LATER, Line, lines_of, remaining_in_words


@dataclass(frozen=True, slots=True)
class Live:
    """What only the running service knows. ``service`` false: it does not run, and nothing else counts.

    ``at_work`` says that the service is dialing for this campaign, door open; ``switch_up`` that its calls
    can reach a switch. ``calls`` are under way, and ``looked_at`` leads of it are before agents, who may ask
    for the call. ``agents`` counts agents by state, ``callers_waiting`` those
    whom the next free agents are owed to. ``bound`` is what decided the pacer's last number, ``allowed`` that
    number; ``came_to`` what the last visit to the door came to when no call was placed, and ``fault`` the
    words with it. ``trunks_down`` says of each trunk that does not work what it lacks;
    ``no_trunk_works`` that there is no other. ``judging_again``: leads that other rules refused are
    being let wait again, and some may still stand as refused. ``fails_since``: its rounds, or what is to be
    stored of its calls, have failed since then, ``fails`` says how; ``books_shut``: by the database.
    ``asking`` leads wait for the outside check, whose answers take ``answers_take_s`` seconds lately.
    """

    service: bool
    at_work: bool = False
    switch_up: bool = False
    calls: int = 0
    looked_at: int = 0
    agents: Mapping[str, int] = field(default_factory=dict)
    callers_waiting: int = 0
    bound: str = ""
    allowed: int = 0
    came_to: str = ""
    fault: str = ""
    trunks_down: Sequence[str] = ()
    no_trunk_works: bool = False
    judging_again: bool = False
    fails_since: datetime | None = None
    fails: str = ""
    books_shut: bool = False
    asking: int = 0
    answers_take_s: float = 0.0


NOT_RUNNING: Final = Live(service=False)


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
    facts = _Facts.of(campaign, live, groups, lines)
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


def _reason(code: str, text: str, facts: "_Facts") -> Reason:
    """Return a reason with the moments that belong to it."""
    if code == NOTHING_DUE and facts.comes_first is not None:
        return Reason(code, text, None, facts.comes_first.next_at, facts.comes_first.zone)
    if code in _FAILING:
        return Reason(code, text, facts.live.fails_since)
    return Reason(code, text, facts.campaign.status_at if code in _SINCE else None)


SWITCH_DOWN: Final = "the link to the switch is down"
ALL_TRUNKS_FULL: Final = "all trunks full"
AGENTS_WHO_ASKED: Final = "agents who asked"

BY_BOUND: Final[Mapping[str, str]] = {
    "channels": "all {channels} channels of the campaign are in use",
    "calls per second": "the campaign places {rate:g} calls a second and no more",
    "risk of abandoning": "one more answered call would find no agent with too high a chance",
    "answer rate hardly known": "how many people answer is hardly known yet, so calls start carefully",
    "abandon budget used up": "a limit on abandoned calls is used up: every call waits for its own agent",
    "line down, probing": "most calls failed on the line, so one at a time tries whether it works again",
    "another campaign's turn": "another campaign has fewer of the agents, and it is its turn",
    AGENTS_WHO_ASKED: "no agent has asked for the call of the lead before him",
    ALL_TRUNKS_FULL: "every trunk is full",
}
"""What bounds the pacer, in plain words; agents have words of their own, others speak for themselves."""

NO_AGENT: Final = frozenset({"no idle agent", "lines per idle agent", "no call without a reserved agent"})
"""The bounds of a pacer that waits for an agent."""

BY_OUTCOME: Final[Mapping[str, tuple[str, str]]] = {
    "no trunk with room": ("trunk-limit", "every trunk that carries these numbers is full or at its rate"),
    "the switch did not take it": ("switch-refused", "the switch did not take the last call"),
}
"""What the last visit to the door came to, where that keeps the next call back: code and plain words."""


NOTHING_DUE: Final = "nothing-due"
"""The reason of a campaign whose waiting leads may all be called later only."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the precedence asks about: leads by where they stand, beside campaign and live facts.

    ``left`` says of leads that nobody waits for what became of them. ``waits_for`` is what holds most of
    those that wait, ``comes_first`` is the line of whoever may be called first, whatever holds him;
    ``turned_away`` says that some of them are due by the clock, and were refused just now.
    """

    campaign: Campaign
    live: Live
    total: int
    due: int
    later: int
    held: int
    refused: int
    left: str
    waits_for: Line | None
    comes_first: Line | None
    turned_away: bool

    @classmethod
    def of(
        cls, campaign: Campaign, live: Live, groups: Sequence[LeadGroup], lines: Sequence[Line]
    ) -> "_Facts":
        sizes = dict.fromkeys(LeadStatus, 0)
        for group in groups:
            sizes[group.status] += group.leads
        due = due_of(groups)
        waiting = [line for line in lines if line.next_at is not None]
        held_back = (line for line in waiting if line.code != LATER[0])
        return cls(
            campaign=campaign,
            live=live,
            total=sum(sizes.values()),
            due=due,
            later=sizes[LeadStatus.WAITING] - due,
            held=sizes[LeadStatus.HELD],
            refused=sizes[LeadStatus.REFUSED],
            left=remaining_in_words(groups),
            waits_for=max(held_back, key=lambda line: line.leads, default=None),
            comes_first=min(waiting, key=_first, default=None),
            turned_away=any(group.judged_now and not group.due for group in groups),
        )

    @property
    def runs(self) -> bool:
        """The campaign runs, in a service that runs."""
        return self.campaign.status is CampaignStatus.RUNNING and self.live.service

    @property
    def fails(self) -> bool:
        """Its rounds fail, whatever else there is to say of it."""
        return self.runs and self.live.fails_since is not None

    @property
    def is_finished(self) -> bool:
        """The campaign is finished, which says what has become of its leads."""
        return self.campaign.status is CampaignStatus.FINISHED

    @property
    def could_dial(self) -> bool:
        """Only leads, lines, agents and pace can keep a call back."""
        return self.runs and self.live.at_work and self.live.switch_up

    @property
    def lacks_trunks(self) -> bool:
        """Trunks are down, and there is somebody left to call."""
        return self.could_dial and bool(self.live.trunks_down) and self.due + self.later > 0

    @property
    def is_bound(self) -> bool:
        """There is somebody to call, and the pacer starts nothing and says why."""
        is_still = self.could_dial and self.due > 0 and not self.live.allowed
        return is_still and bool(self.live.bound) and not self.offers_next

    @property
    def lacks_looks(self) -> bool:
        """Agents are to ask for the calls, and no lead is before any of them."""
        return self.live.bound == AGENTS_WHO_ASKED and not self.live.looked_at

    @property
    def offers_next(self) -> bool:
        """No lead is before an agent yet, and one is free to look at it."""
        return self.lacks_looks and self.live.agents.get("ready", 0) > self.live.callers_waiting

    @property
    def waits_for_agents(self) -> bool:
        """The pacer waits for an agent to be free: where they ask for the calls, to look at a lead."""
        return self.live.bound in NO_AGENT or (self.lacks_looks and not self.offers_next)

    @property
    def lacks_agents(self) -> bool:
        """The pacer waits for an agent, for leads that may be called or that only look as if they might."""
        wanted = self.due > 0 or self.turned_away
        return self.could_dial and wanted and not self.live.allowed and self.waits_for_agents

    @property
    def refused_at_the_door(self) -> str:
        """The code of what kept the last call back after the pacer had allowed it."""
        if not self.could_dial or not self.due:
            return ""
        return BY_OUTCOME.get(self.live.came_to, ("", ""))[0]


def _first(line: Line) -> tuple[datetime, int]:
    """Order lines by their moment; of one moment the line of most leads comes first."""
    assert line.next_at is not None
    return line.next_at, -line.leads


def _halted(facts: _Facts) -> str:
    return _status(facts.campaign, facts.campaign.status_reason)


def _status(campaign: Campaign, reason: str) -> str:
    """Say what the campaign is, by whom and why."""
    who = f" by {campaign.status_by}" if campaign.status_by else ""
    why = f": {reason}" if reason else ""
    return f"{campaign.status.value}{who}{why}"


def _finished(facts: _Facts) -> str:
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


def _fails(facts: _Facts) -> str:
    what = "the database does not answer or cannot be written" if facts.live.books_shut else "its rounds fail"
    return f"{what}: {facts.live.fails}; tried again each second"


def _trunks(facts: _Facts) -> str:
    """Say which trunks are down. Calls are tried all the same: a provider may carry them unregistered."""
    down = "; ".join(facts.live.trunks_down)
    return f"no trunk works: {down}" if facts.live.no_trunk_works else f"not every trunk works: {down}"


def _calls(facts: _Facts) -> str:
    calls = facts.live.calls
    return f"dialing: {calls} {'call' if calls == 1 else 'calls'} under way"


def _outside(facts: _Facts) -> str:
    asking = facts.live.asking
    wait = "lead waits" if asking == 1 else "leads wait"
    return f"{asking} {wait} for the outside check, which took {facts.live.answers_take_s:.1f} s lately"


def _nobody(facts: _Facts) -> str:
    """Say what holds most of those who wait, and how many wait for something else."""
    most = facts.waits_for
    if most is None:
        return "nobody is due yet"
    others = facts.later - most.leads
    more = f", {others} for other reasons" if others > 0 else ""
    return f"nobody may be called now: {most.in_words}{more}"


def _agents(facts: _Facts) -> str:
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


def bound_in_words(campaign: Campaign, bound: str) -> str:
    """Say in plain words what bounds a campaign's calls."""
    words = BY_BOUND.get(bound, bound)
    return words.format(channels=campaign.max_channels, rate=campaign.calls_per_second)


def _bound(facts: _Facts) -> str:
    return bound_in_words(facts.campaign, facts.live.bound)


def _about_to_dial(facts: _Facts) -> str:
    return f"the next lead is about to be {'laid before an agent' if facts.offers_next else 'called'}"


def _outcome(facts: _Facts) -> str:
    words = BY_OUTCOME[facts.live.came_to][1]
    return f"{words}: {facts.live.fault}" if facts.live.fault else words


def _said(text: str) -> Callable[[_Facts], str]:
    return lambda _: text


def _is(status: CampaignStatus) -> Callable[[_Facts], bool]:
    return lambda facts: facts.campaign.status is status


_PRECEDENCE: Final[tuple[tuple[str, Callable[[_Facts], bool], Callable[[_Facts], str]], ...]] = (
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
