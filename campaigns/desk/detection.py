"""What detection of answering machines did in a campaign: verdicts, estimated errors, and what they cost.

Knows how attempts add up to verdicts. Must not know where attempts are kept, nor how errors are estimated.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.model import Disposition, Screened
from campaigns.reporting import AttemptGroup, Tally
from campaigns.rules.amd_errors import Misjudged, Screens, charged_share, misjudged
from campaigns.spread import Spread


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """The detection of one campaign.

    ``errors`` is None while no agent has judged a call that was taken for a machine's.
    ``abandoned_share`` has the people taken for machines charged as abandoned. ``answer_to_agent_ms`` is of
    the calls that were screened; they are in no other figure of that name.
    """

    screens: Screens
    errors: Misjudged | None
    abandoned_share: float | None
    answer_to_agent_ms: Spread


def detection_report(tally: Tally, live: int, abandoned: int) -> DetectionReport | None:
    """Sum up the screened attempts; None when there are none.

    ``live`` are the campaign's live answers, ``abandoned`` those of them that were abandoned.
    """
    if all(group.amd is None for group in tally.groups):
        return None
    screens = screens_of(tally.groups)
    errors = misjudged(screens, live)
    share = charged_share(abandoned, live, errors)
    return DetectionReport(screens, errors, share, tally.screened_waits)


def screens_of(groups: Iterable[AttemptGroup]) -> Screens:
    """Count verdicts. A check that no agent could make is a machine like any other."""
    counts: Counter[Screened] = Counter()
    passed_machines = judged = persons = 0
    for group in groups:
        if group.amd is None:
            continue
        if group.amd is Screened.CHECKED:
            counts[Screened.CHECKED] += group.talks
            counts[Screened.MACHINE] += group.attempts - group.talks
            if group.outcome:
                judged += group.talks
                persons += group.talks if group.outcome != Disposition.MACHINE else 0
            continue
        counts[group.amd] += group.attempts
        if group.amd is not Screened.MACHINE and group.disposition is Disposition.MACHINE:
            passed_machines += group.attempts
    return Screens(
        human=counts[Screened.HUMAN],
        not_sure=counts[Screened.NOT_SURE],
        passed_machines=passed_machines,
        machine=counts[Screened.MACHINE],
        checked=counts[Screened.CHECKED],
        judged=judged,
        persons=persons,
    )
