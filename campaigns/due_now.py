"""What becomes of leads that are due by the clock when they are judged: asked before anybody dials.

The launcher judges a lead when it is its turn. Where nobody's turn comes, because no agent is there or the
campaign does not run, nobody has judged the leads that are due, or only yesterday: counting them as leads
that could be called would hide that all hours are shut. Knows how verdicts on them, or on a fair sample of
them, are put to the counts. Must not judge, and must not know where leads come from.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from campaigns.model import LeadStatus
from campaigns.rules.refusals import FOR_GOOD
from campaigns.verdicts import Verdict

SAMPLE: Final = 400
"""So many due leads are judged to answer. Where nobody of 400 may be called, it is fewer than one in 130
(the 95 % bound for none seen, 3 / 400)."""


@dataclass(frozen=True, slots=True)
class LeadGroup:
    """So many leads that stand alike: same status, same last refusal (an empty ``rule``: none).

    ``due`` of them are due now; ``next_at`` is when the first of the others is. ``example`` is what one of
    them was refused with. ``judged_now`` says that they are due by the clock and were judged just now,
    ``estimated`` that not all of them were: the figure is that of a sample, scaled.
    """

    status: LeadStatus
    rule: str
    pack: str
    zone: str
    leads: int
    due: int
    next_at: datetime | None
    example: str = ""
    judged_now: bool = False
    estimated: bool = False


def due_of(groups: Sequence[LeadGroup]) -> int:
    """Return how many leads wait and are due by the clock."""
    return sum(group.due for group in groups if group.status is LeadStatus.WAITING)


def one_in(due: int) -> int:
    """Return which part of the due leads is judged: one in so many, 1 for all of them."""
    return max(1, -(-due // SAMPLE))


def as_judged(groups: Sequence[LeadGroup], verdicts: Sequence[Verdict]) -> Sequence[LeadGroup]:
    """Put the verdicts on due leads in the place of the verdicts they had; every lead stays counted once.

    ``verdicts`` are those on all due leads, or on a sample that stands for all. Without any the groups stay
    as they are.
    """
    due = due_of(groups)
    if not due or not verdicts:
        return groups
    kinds = Counter(_kind(verdict) for verdict in verdicts)
    found: list[LeadGroup] = []
    for kind, leads in _shared_out(due, kinds).items():
        like_it = [verdict for verdict in verdicts if _kind(verdict) == kind]
        found.append(_judged(like_it, leads, estimated=len(verdicts) < due))
    return [*(_without_due(group) for group in groups), *found]


_Kind = tuple[bool, bool, str, str, str]


def _kind(verdict: Verdict) -> _Kind:
    if verdict.allowed:
        return (True, False, "", "", "")
    return (False, verdict.next_at is None, verdict.rule, verdict.pack, verdict.zone)


def _judged(alike: Sequence[Verdict], leads: int, estimated: bool) -> LeadGroup:
    """Return the group of leads with verdicts of one kind."""
    one = alike[0]
    if one.allowed:
        return LeadGroup(LeadStatus.WAITING, "", "", "", leads, leads, None, "", True, estimated)
    if one.rule in FOR_GOOD:
        return LeadGroup(LeadStatus.DONE, "", "", "", leads, 0, None, "", True, estimated)
    next_at = min((verdict.next_at for verdict in alike if verdict.next_at is not None), default=None)
    status = LeadStatus.REFUSED if next_at is None else LeadStatus.WAITING
    return LeadGroup(status, one.rule, one.pack, one.zone, leads, 0, next_at, one.reason, True, estimated)


def _without_due(group: LeadGroup) -> LeadGroup:
    if group.status is not LeadStatus.WAITING:
        return group
    return replace(group, leads=group.leads - group.due, due=0)


def _shared_out(total: int, parts: Mapping[_Kind, int]) -> Mapping[_Kind, int]:
    """Share a total out in proportion, in whole leads that add up to it."""
    seen = sum(parts.values())
    shares = {kind: total * count // seen for kind, count in parts.items()}
    largest = max(parts, key=lambda kind: parts[kind])
    shares[largest] += total - sum(shares.values())
    return shares
