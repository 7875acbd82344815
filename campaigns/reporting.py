"""What a report is added up from: counted groups of attempts, spreads of waits, and pages of long lists.

Knows the counts that a book makes beside its rows, so that a campaign of a million leads is summed up without
reading them. Must not know what the counts mean to a reader of the report, nor where rows are kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from campaigns.lines import AttemptLine
from campaigns.model import Disposition, LeadStatus, Screened
from campaigns.rules.retries import is_talk
from campaigns.spread import Spread, spread

L = TypeVar("L")

NOBODY: Final = frozenset(
    {
        Disposition.NO_ANSWER,
        Disposition.BUSY,
        Disposition.REJECTED,
        Disposition.BAD_NUMBER,
        Disposition.UNREACHABLE,
        Disposition.TRUNK_FAILED,
        Disposition.CANCELLED,
    }
)
"""How attempts end that were not answered: nobody talked, voted or recorded anything."""


@dataclass(frozen=True, slots=True)
class Page(Generic[L]):
    """Some lines of a long list: ``total`` of them there are, ``left`` come after these."""

    lines: tuple[L, ...]
    total: int
    left: int


def page_of(lines: Sequence[L], first: int, limit: int) -> Page[L]:
    """Return the page of a list at hand that begins with its line number ``first``, from 0."""
    return Page(tuple(lines[first : first + limit]), len(lines), max(0, len(lines) - first - limit))


@dataclass(frozen=True, slots=True)
class AttemptGroup:
    """Attempts that are alike in how they ended, were screened, recorded and voted on.

    ``talks`` of them came to a talk and its end, of ``talk_ms`` in all.
    """

    disposition: Disposition | None
    amd: Screened | None
    outcome: str | None
    vote: int | None
    attempts: int
    talks: int
    talk_ms: int


@dataclass(frozen=True, slots=True)
class Tally:
    """A campaign counted at one moment. ``leads`` has every status as a key.

    ``waits`` are the milliseconds from answer to agent of calls without detection of machines,
    ``screened_waits`` those of the others.
    """

    leads: Mapping[LeadStatus, int]
    groups: tuple[AttemptGroup, ...]
    waits: Spread
    screened_waits: Spread


def is_reached(line: AttemptLine) -> bool:
    """Say whether an attempt came to a talk with the customer himself."""
    return is_talk(line.disposition, line.outcome)


def grouped(lines: Iterable[AttemptLine]) -> tuple[AttemptGroup, ...]:
    """Count attempts by what they are alike in."""
    alike: dict[tuple[Disposition | None, Screened | None, str | None, int | None], list[AttemptLine]]
    alike = defaultdict(list)
    for line in lines:
        alike[line.disposition, line.amd, line.outcome, line.vote].append(line)
    groups = []
    for same, found in alike.items():
        talks = [line.talk_ms for line in found if line.talk_ms is not None]
        groups.append(AttemptGroup(*same, len(found), len(talks), sum(talks)))
    return tuple(groups)


def tally_of(lines: Iterable[AttemptLine], leads: Mapping[LeadStatus, int]) -> Tally:
    """Count a campaign whose attempts are all at hand."""
    attempts = list(lines)
    waited = [line for line in attempts if line.answer_to_agent_ms is not None]
    return Tally(
        leads=dict.fromkeys(LeadStatus, 0) | dict(leads),
        groups=grouped(attempts),
        waits=spread(line.answer_to_agent_ms or 0.0 for line in waited if line.amd is None),
        screened_waits=spread(line.answer_to_agent_ms or 0.0 for line in waited if line.amd is not None),
    )
