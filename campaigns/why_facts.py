"""The facts by which it is told why a campaign is or is not dialing: live ones, and those of its leads.

Knows what can be asked of them. Must not know where counts come from, nor in which words they are told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from campaigns.due_now import LeadGroup, due_of
from campaigns.model import Campaign, CampaignStatus, LeadStatus
from campaigns.why_lines import LATER, Line, remaining_in_words
from campaigns.why_words import AGENTS_WHO_ASKED, BY_OUTCOME, NO_AGENT


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
class Facts:
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
    ) -> "Facts":
        """Return the facts of a campaign from its leads and what the service knows."""
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
