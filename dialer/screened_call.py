"""What the dialplan says of who answered, and whether an agent shall look at it all the same.

Pure. Knows the words of app_amd and the sample by which its errors are learned. Must not know lines, boards.
"""

from collections.abc import Mapping
from typing import Final

from campaigns.model import Screened

_BY_STATUS: Final[Mapping[str, Screened]] = {
    "HUMAN": Screened.HUMAN,
    "NOTSURE": Screened.NOT_SURE,
    "MACHINE": Screened.MACHINE,
}


def verdict_of(query: Mapping[str, str]) -> Screened | None:
    """Return the verdict in the query of an AGI request; None when nobody was screened or AMD did not run."""
    return _BY_STATUS.get(query.get("amd", ""))


def with_check(verdict: Screened, share: float, chance: float, *, agent_free: bool) -> Screened:
    """Return ``CHECKED`` for the sampled ``share`` of machines when an agent is free, else the verdict.

    ``chance`` is drawn evenly from 0 up to 1.
    """
    if verdict is Screened.MACHINE and agent_free and chance < share:
        return Screened.CHECKED
    return verdict


def final_verdict(verdict: Screened, *, served: bool) -> Screened:
    """Return what a verdict came to: a check that no agent could make is a machine like any other."""
    return Screened.MACHINE if verdict is Screened.CHECKED and not served else verdict
