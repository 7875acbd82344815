"""A campaign's figures, and by name who was not reached and why.

Knows how attempts and leads add up. Must not know where they are kept or how a report is shown.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from campaigns.desk.detection import DetectionReport, detection_report
from campaigns.desk.spread import Spread, spread
from campaigns.model import Campaign, Disposition, LeadStatus
from campaigns.ports import AttemptLine, LeadLine
from campaigns.rules.retries import IN_WORDS

ANSWERED: Final = frozenset({Disposition.CONNECTED, Disposition.ABANDONED, Disposition.HUNG_UP_EARLY})
"""Live answers: a person took the call."""

NOT_A_TALK: Final = frozenset({"wrong_person", "machine"})
"""Outcomes by which an agent says that the customer was not on the line."""


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """One campaign, summed up. Shares are 0..1, None when the denominator is 0.

    ``answered`` counts live answers: connected, abandoned, hung_up_early. ``abandoned_share`` is abandoned of
    answered. ``not_reached`` names every lead that no talk was had with, and the reason. ``dispositions``
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
    not_reached: tuple[LeadLine, ...]
    records: tuple[AttemptLine, ...]
    detection: DetectionReport | None = None


def sum_up(
    campaign: Campaign,
    at: datetime,
    *,
    counts: Mapping[LeadStatus, int],
    leads: Sequence[LeadLine],
    attempts: Sequence[AttemptLine],
    scale: tuple[int, int] | None = None,
) -> CampaignReport:
    """Add a campaign up. ``scale`` is the lowest and highest score; None shows only scores that occur."""
    ended = Counter(line.disposition for line in attempts if line.disposition is not None)
    answered = sum(ended[disposition] for disposition in ANSWERED)
    votes = [line.vote for line in attempts if line.vote is not None]
    talks = [line.talk_ms / 1000 for line in attempts if line.talk_ms is not None]
    return CampaignReport(
        campaign=campaign,
        at=at,
        leads={status: counts.get(status, 0) for status in LeadStatus},
        attempts=len(attempts),
        open_attempts=sum(1 for line in attempts if line.disposition is None),
        dispositions={disposition: ended[disposition] for disposition in Disposition},
        answered=answered,
        abandoned_share=ended[Disposition.ABANDONED] / answered if answered else None,
        votes=_votes(votes, scale),
        vote_average=_average(votes),
        outcomes=dict(Counter(line.outcome for line in attempts if line.outcome).most_common()),
        answer_to_agent_ms=spread(
            line.answer_to_agent_ms
            for line in attempts
            if line.answer_to_agent_ms is not None and line.amd is None
        ),
        talk_s_average=_average(talks),
        not_reached=not_reached(leads, attempts),
        records=tuple(attempts),
        detection=detection_report(attempts, answered, ended[Disposition.ABANDONED]),
    )


def not_reached(leads: Sequence[LeadLine], attempts: Sequence[AttemptLine]) -> tuple[LeadLine, ...]:
    """Return every lead whose customer nobody talked to, each with its reason in plain language."""
    reached = {
        line.lead_id
        for line in attempts
        if line.disposition is Disposition.CONNECTED and line.outcome not in NOT_A_TALK
    }
    return tuple(replace(lead, reason=why_not_reached(lead)) for lead in leads if lead.lead_id not in reached)


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


def _average(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _votes(votes: Sequence[int], scale: tuple[int, int] | None) -> Mapping[int, int]:
    counted = Counter(votes)
    scores = set(counted) if scale is None else set(counted) | set(range(scale[0], scale[1] + 1))
    return {score: counted[score] for score in sorted(scores)}
