"""A campaign's figures, and by name who was not reached and why.

Knows how attempts and leads add up. Must not know where they are kept or how a report is shown.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from campaigns.desk.detection import DetectionReport, detection_report
from campaigns.lines import AttemptLine, LeadLine
from campaigns.model import Campaign, Disposition, LeadStatus
from campaigns.reporting import AttemptGroup, Page, Tally
from campaigns.rules.retries import IN_WORDS
from campaigns.spread import Spread

K = TypeVar("K", bound=Hashable)

ANSWERED: Final = frozenset({Disposition.CONNECTED, Disposition.ABANDONED, Disposition.HUNG_UP_EARLY})
"""Live answers: a person took the call."""


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """One campaign, summed up. Shares are 0..1, None when the denominator is 0.

    ``answered`` counts live answers: connected, abandoned, hung_up_early. ``abandoned_share`` is abandoned of
    answered. ``not_reached`` names leads that no talk was had with, and the reason; ``records``
    are the newest attempts. ``dispositions``
    has every disposition as a key, ``votes`` every score of the scale. ``answer_to_agent_ms`` is of calls
    without detection of machines; ``detection``, None where nobody was screened, has that of the others.
    """

    campaign: Campaign
    at: datetime
    leads: Mapping[LeadStatus, int]
    attempts: int
    open_attempts: int
    dispositions: Mapping[Disposition, int]
    answered: int
    abandoned_share: float | None
    votes: Mapping[int, int]
    vote_average: float | None
    outcomes: Mapping[str, int]
    answer_to_agent_ms: Spread
    talk_s_average: float | None
    not_reached: Page[LeadLine]
    records: Page[AttemptLine]
    detection: DetectionReport | None = None


def sum_up(
    campaign: Campaign,
    at: datetime,
    tally: Tally,
    *,
    not_reached: Page[LeadLine],
    records: Page[AttemptLine],
    scale: tuple[int, int] | None = None,
) -> CampaignReport:
    """Add a campaign up. ``scale`` is the lowest and highest score; None shows only scores that occur."""
    ended = _counted(tally.groups, lambda group: group.disposition)
    votes = _counted(tally.groups, lambda group: group.vote)
    outcomes = _counted(tally.groups, lambda group: group.outcome or None)
    answered = sum(ended[disposition] for disposition in ANSWERED)
    attempts = sum(group.attempts for group in tally.groups)
    talks = sum(group.talks for group in tally.groups)
    talk_ms = sum(group.talk_ms for group in tally.groups)
    return CampaignReport(
        campaign=campaign,
        at=at,
        leads=tally.leads,
        attempts=attempts,
        open_attempts=attempts - ended.total(),
        dispositions={disposition: ended[disposition] for disposition in Disposition},
        answered=answered,
        abandoned_share=ended[Disposition.ABANDONED] / answered if answered else None,
        votes=_on_scale(votes, scale),
        vote_average=sum(score * count for score, count in votes.items()) / votes.total() if votes else None,
        outcomes=dict(outcomes.most_common()),
        answer_to_agent_ms=tally.waits,
        talk_s_average=talk_ms / talks / 1000 if talks else None,
        not_reached=with_reasons(not_reached),
        records=records,
        detection=detection_report(tally, answered, ended[Disposition.ABANDONED]),
    )


def with_reasons(page: Page[LeadLine]) -> Page[LeadLine]:
    """Return leads that were not reached, each with its reason in plain language."""
    return replace(page, lines=tuple(replace(line, reason=why_not_reached(line)) for line in page.lines))


def why_not_reached(lead: LeadLine) -> str:
    """Say in plain language why a lead was not reached, so far or for good."""
    last = "" if lead.last_disposition is None else IN_WORDS[lead.last_disposition]
    if lead.last_disposition is Disposition.CONNECTED:
        last = ""  # somebody else was on the line; the reason says who
    if lead.status is LeadStatus.CLAIMED:
        return "being called now"
    if lead.status in (LeadStatus.DONE, LeadStatus.REFUSED):
        return lead.reason or last or "closed without a call"
    if not lead.attempts:
        return lead.reason or "not called yet"
    tries = "tried once" if lead.attempts == 1 else f"tried {lead.attempts} times"
    said = lead.reason or last
    return f"{said}; {tries}, will be called again" if said else f"{tries}, will be called again"


def _counted(groups: Iterable[AttemptGroup], by: Callable[[AttemptGroup], K | None]) -> Counter[K]:
    """Count attempts by something that not every one has."""
    counts: Counter[K] = Counter()
    for group in groups:
        if (key := by(group)) is not None:
            counts[key] += group.attempts
    return counts


def _on_scale(votes: Mapping[int, int], scale: tuple[int, int] | None) -> Mapping[int, int]:
    scores = set(votes) if scale is None else set(votes) | set(range(scale[0], scale[1] + 1))
    return {score: votes.get(score, 0) for score in sorted(scores)}
