"""What detection of answering machines did in a campaign: verdicts, estimated errors, and what they cost.

Knows how attempts add up to verdicts. Must not know where attempts are kept, nor how errors are estimated.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.desk.spread import Spread, spread
from campaigns.model import Disposition, Screened
from campaigns.ports import AttemptLine
from campaigns.rules.amd_errors import Misjudged, Screens, charged_share, misjudged


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


def detection_report(lines: Iterable[AttemptLine], live: int, abandoned: int) -> DetectionReport | None:
    """Sum up the screened attempts; None when there are none.

    ``live`` are the campaign's live answers, ``abandoned`` those of them that were abandoned.
    """
    screened = [line for line in lines if line.amd is not None]
    if not screened:
        return None
    screens = screens_of(screened)
    errors = misjudged(screens, live)
    waits = (line.answer_to_agent_ms for line in screened if line.answer_to_agent_ms is not None)
    return DetectionReport(screens, errors, charged_share(abandoned, live, errors), spread(waits))


def screens_of(lines: Iterable[AttemptLine]) -> Screens:
    """Count verdicts. A check that no agent could make is a machine like any other."""
    counts: Counter[Screened] = Counter()
    passed_machines = judged = persons = 0
    for line in lines:
        if line.amd is None:
            continue
        checked = line.amd is Screened.CHECKED and line.talk_ms is not None
        counts[line.amd if checked or line.amd is not Screened.CHECKED else Screened.MACHINE] += 1
        if checked and line.outcome:
            judged += 1
            persons += line.outcome != Disposition.MACHINE
        passed = line.amd in (Screened.HUMAN, Screened.NOT_SURE)
        passed_machines += passed and line.disposition is Disposition.MACHINE
    return Screens(
        human=counts[Screened.HUMAN],
        not_sure=counts[Screened.NOT_SURE],
        passed_machines=passed_machines,
        machine=counts[Screened.MACHINE],
        checked=counts[Screened.CHECKED],
        judged=judged,
        persons=persons,
    )
