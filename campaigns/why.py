"""Why a campaign is or is not dialing: counts and live facts in, plain words out.

Knows what can keep a campaign from dialing and which of several things is told first. Must not know where
counts come from, a clock, or how the answer is shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from campaigns.model import Campaign, CampaignStatus, LeadStatus
from campaigns.rules.refusals import DUE


@dataclass(frozen=True, slots=True)
class LeadGroup:
    """So many leads that stand alike: same status, same last refusal (an empty ``rule``: none).

    ``due`` of them are due now; ``next_at`` is when the first of the others is. ``example`` is what one of
    them was refused with.
    """

    status: LeadStatus
    rule: str
    pack: str
    zone: str
    leads: int
    due: int
    next_at: datetime | None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """What only the running service knows. ``service`` false: it does not run, and nothing else counts.

    ``at_work`` says that the service is dialing for this campaign, door open; ``switch_up`` that its calls
    can reach a switch. ``calls`` are under way. ``agents`` counts agents by state, ``callers_waiting`` those
    whom the next free agents are owed to. ``bound`` is what decided the pacer's last number, ``allowed`` that
    number; ``came_to`` what the last visit to the door came to when no call was placed, and ``fault`` the
    words with it.
    """

    service: bool
    at_work: bool = False
    switch_up: bool = False
    calls: int = 0
    agents: Mapping[str, int] = field(default_factory=dict)
    callers_waiting: int = 0
    bound: str = ""
    allowed: int = 0
    came_to: str = ""
    fault: str = ""


NOT_RUNNING: Final = Live(service=False)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps calls from being placed, or lets them. ``since`` is when it began, where known."""

    code: str
    text: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """So many leads and why they are not being called; ``next_at`` is when the first of them may be.

    ``zone`` is the zone whose hours are meant, where they are; ``example`` is what one of them was refused
    with.
    """

    code: str
    text: str
    leads: int
    next_at: datetime | None = None
    zone: str = ""
    pack: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """The answer. ``headline`` is the first of ``reasons``; the ``lines`` add up to ``total`` leads.

    ``due`` leads could be judged and called now. ``next_at`` is the earliest moment at which a lead that is
    not due yet may be called; None when there is none, and only a change can bring one.
    """

    campaign: Campaign
    at: datetime
    headline: Reason
    reasons: tuple[Reason, ...]
    lines: tuple[Line, ...]
    total: int
    due: int
    next_at: datetime | None


def explain(campaign: Campaign, at: datetime, groups: Sequence[LeadGroup], live: Live) -> Why:
    """Put together why a campaign is or is not dialing at a moment."""
    lines = _lines(groups)
    facts = _Facts.of(campaign, live, groups)
    found = [
        Reason(code, words(facts), campaign.status_at if code in _SINCE else None)
        for code, applies, words in _PRECEDENCE
        if applies(facts)
    ]
    return Why(
        campaign=campaign,
        at=at,
        headline=found[0],
        reasons=tuple(found),
        lines=lines,
        total=sum(group.leads for group in groups),
        due=facts.due,
        next_at=min((line.next_at for line in lines if line.next_at is not None), default=None),
    )


def remaining_in_words(groups: Sequence[LeadGroup]) -> str:
    """Say with what a campaign finishes: no leads, every lead done, or so many refused and by what."""
    lines = _lines([group for group in groups if group.status is LeadStatus.REFUSED])
    if not lines:
        return "every lead is done" if groups else "its lists are empty"
    said = ", ".join(f"{line.leads} {line.text}" for line in lines)
    return f"{sum(line.leads for line in lines)} refused: {said}"


BY_RULE: Final[Mapping[str, str]] = {
    "suppressed": "on a do-not-call list",
    "zone": "whose time zone nobody knows",
    "no-pack": "without a rule pack for their country",
    "forbidden": "whom {pack} forbids to call",
    "consent": "without consent",
    "amd": "for whom {pack} does not allow to detect machines so",
    "message": "for whom {pack} wants the information message to say more",
    "external": "refused by the outside check",
    "anchor": "outside the days around their date",
    "due": "waiting for the next attempt",
    "cap": "called as often as {pack} allows",
    "block": "left in peace for a while after an earlier call ({pack})",
    "holiday": "on a public holiday in {zone}",
    "hours": "outside the calling hours in {zone}",
    "in-call": "whose number is being called for another lead",
    "no-carrier": "whose number no trunk carries",
}
"""Each rule that can hold a lead, in plain words."""

ALL_TRUNKS_FULL: Final = "all trunks full"

BY_BOUND: Final[Mapping[str, str]] = {
    "channels": "all {channels} channels of the campaign are in use",
    "calls per second": "the campaign places {rate:g} calls a second and no more",
    "risk of abandoning": "one more answered call would find no agent with too high a chance",
    "answer rate hardly known": "how many people answer is hardly known yet, so calls start carefully",
    "abandon budget used up": "a limit on abandoned calls is used up: every call waits for its own agent",
    "line down, probing": "most calls failed on the line, so one at a time tries whether it works again",
    "another campaign's turn": "another campaign has fewer of the agents, and it is its turn",
    "agents who asked": "no agent has asked for the call of the lead before him",
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


def rule_in_words(rule: str, pack: str = "", zone: str = "") -> str:
    """Say of leads which rule holds them, in words that follow their number."""
    whose = f"the pack {pack}" if pack else "a rule"
    return BY_RULE.get(rule, rule).format(pack=whose, zone=zone or "their zones")


def _line(group: LeadGroup) -> Line:
    """Return the line of leads that a rule holds."""
    text = rule_in_words(group.rule, group.pack, group.zone)
    leads = group.leads if group.status is LeadStatus.REFUSED else group.leads - group.due
    next_at = None if group.status is LeadStatus.REFUSED else group.next_at
    code = "retry" if group.rule == DUE else group.rule
    return Line(code, text, leads, next_at, group.zone, group.pack, group.example)


_PLACE: Final[Mapping[LeadStatus, tuple[str, str]]] = {
    LeadStatus.CLAIMED: ("calling", "being called now"),
    LeadStatus.HELD: ("held", "held: their list is switched off"),
    LeadStatus.DONE: ("done", "done"),
}
_NOW: Final = ("due-now", "due now, judged at the moment of the call")
_LATER: Final = ("not-due", "not due yet")


def _lines(groups: Sequence[LeadGroup]) -> tuple[Line, ...]:
    """Return one line for each reason, those that can be called first, those that are done last."""
    plain: dict[tuple[str, str], Line] = {}
    held: list[Line] = []
    for group in groups:
        if group.status in _PLACE:
            _add(plain, _PLACE[group.status], group.leads, None)
            continue
        if group.status is LeadStatus.WAITING and group.due:
            _add(plain, _NOW, group.due, None)
        if group.rule:
            held.append(_line(group))
        else:
            _add(plain, _LATER, group.leads - group.due, group.next_at)
    ordered = [
        *plain.values(),
        *sorted(held, key=lambda line: (line.next_at is None, -line.leads, line.code)),
    ]
    return tuple(sorted((line for line in ordered if line.leads), key=lambda line: _RANK.get(line.code, 2)))


_RANK: Final[Mapping[str, int]] = {"calling": 0, "due-now": 1, "held": 3, "done": 4}


def _add(
    lines: dict[tuple[str, str], Line], what: tuple[str, str], leads: int, next_at: datetime | None
) -> None:
    before = lines.get(what, Line(*what, 0))
    moments = [moment for moment in (before.next_at, next_at) if moment is not None]
    lines[what] = Line(*what, before.leads + leads, min(moments, default=None))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the precedence asks about: leads by where they stand, beside campaign and live facts.

    ``left`` says of leads that nobody waits for what became of them.
    """

    campaign: Campaign
    live: Live
    total: int
    due: int
    later: int
    held: int
    refused: int
    left: str

    @classmethod
    def of(cls, campaign: Campaign, live: Live, groups: Sequence[LeadGroup]) -> "_Facts":
        sizes = dict.fromkeys(LeadStatus, 0)
        for group in groups:
            sizes[group.status] += group.leads
        due = sum(group.due for group in groups if group.status is LeadStatus.WAITING)
        return cls(
            campaign=campaign,
            live=live,
            total=sum(sizes.values()),
            due=due,
            later=sizes[LeadStatus.WAITING] - due,
            held=sizes[LeadStatus.HELD],
            refused=sizes[LeadStatus.REFUSED],
            left=remaining_in_words(groups),
        )

    @property
    def runs(self) -> bool:
        """The campaign runs, in a service that runs."""
        return self.campaign.status is CampaignStatus.RUNNING and self.live.service

    @property
    def is_finished(self) -> bool:
        """The campaign is finished, which says what has become of its leads."""
        return self.campaign.status is CampaignStatus.FINISHED

    @property
    def could_dial(self) -> bool:
        """Only leads, lines, agents and pace can keep a call back."""
        return self.runs and self.live.at_work and self.live.switch_up

    @property
    def is_bound(self) -> bool:
        """There is somebody to call, and the pacer starts nothing and says why."""
        return self.could_dial and self.due > 0 and not self.live.allowed and bool(self.live.bound)

    @property
    def refused_at_the_door(self) -> str:
        """The code of what kept the last call back after the pacer had allowed it."""
        if not self.could_dial or not self.due:
            return ""
        return BY_OUTCOME.get(self.live.came_to, ("", ""))[0]


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


def _calls(facts: _Facts) -> str:
    calls = facts.live.calls
    return f"dialing: {calls} {'call' if calls == 1 else 'calls'} under way"


def _agents(facts: _Facts) -> str:
    """Say what the agents are doing instead of being ready."""
    seated = {state: count for state, count in facts.live.agents.items() if count and state != "offline"}
    if not seated:
        return "no agent is logged in"
    doing = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in seated.items())
    waiting = facts.live.callers_waiting
    owed = f"; callers waiting on the hotline come first: {waiting}" if waiting else ""
    return f"no agent is free for a call: {doing}{owed}"


def _bound(facts: _Facts) -> str:
    campaign, bound = facts.campaign, facts.live.bound
    words = BY_BOUND.get(bound, bound)
    return words.format(channels=campaign.max_channels, rate=campaign.calls_per_second)


def _outcome(facts: _Facts) -> str:
    words = BY_OUTCOME[facts.live.came_to][1]
    return f"{words}: {facts.live.fault}" if facts.live.fault else words


def _said(text: str) -> Callable[[_Facts], str]:
    return lambda _: text


def _is(status: CampaignStatus) -> Callable[[_Facts], bool]:
    return lambda facts: facts.campaign.status is status


_PRECEDENCE: Final[tuple[tuple[str, Callable[[_Facts], bool], Callable[[_Facts], str]], ...]] = (
    ("service-down", lambda f: not f.live.service, _said("the service is not running")),
    ("draft", _is(CampaignStatus.DRAFT), _said("the campaign was never started")),
    ("paused", _is(CampaignStatus.PAUSED), _halted),
    ("stopped", _is(CampaignStatus.STOPPED), _halted),
    ("finished", _is(CampaignStatus.FINISHED), _finished),
    ("not-at-work", lambda f: f.runs and not f.live.at_work, _said("the service is not dialing for it yet")),
    ("switch-down", lambda f: f.runs and not f.live.switch_up, _said("the link to the switch is down")),
    ("empty", lambda f: not (f.total or f.is_finished), _said("the list is empty")),
    ("dialing", lambda f: f.could_dial and f.live.calls > 0, _calls),
    ("trunk-limit", lambda f: f.refused_at_the_door == "trunk-limit", _outcome),
    ("switch-refused", lambda f: f.refused_at_the_door == "switch-refused", _outcome),
    ("no-agent", lambda f: f.is_bound and f.live.bound in NO_AGENT, _agents),
    ("trunk-limit", lambda f: f.is_bound and f.live.bound == ALL_TRUNKS_FULL, _bound),
    ("bound", lambda f: f.is_bound and f.live.bound not in NO_AGENT, _bound),
    ("nothing-due", lambda f: not f.due and f.later > 0, _said("nobody is due yet")),
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
    (
        "about-to-dial",
        lambda f: f.could_dial and f.due > 0 and not (f.live.calls or f.refused_at_the_door or f.is_bound),
        _said("the next lead is about to be called"),
    ),
    ("due", lambda f: not (f.could_dial or f.is_finished) and f.due > 0, _said("leads are due")),
)
"""What is told first: code, when it applies, its words. Of any campaign at least one applies."""

_SINCE: Final = frozenset({"paused", "stopped", "finished"})
"""The reasons of which it is known since when they hold: the campaign's own status."""
