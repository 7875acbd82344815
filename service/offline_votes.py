"""The directory in which the offline vote script leaves its files, as recovery asks for it."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from ivr.offline.collect import OfflineVote, collect, forget

log = structlog.get_logger()


class OfflineVoteFiles:
    """Vote files below one directory; a file that cannot be read is reported once and left where it is."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._reported: set[Path] = set()

    def read(self) -> Sequence[OfflineVote]:
        """Return all readable votes, oldest first."""
        found = collect(self._directory)
        for broken in found.broken:
            if broken.path not in self._reported:
                self._reported.add(broken.path)
                log.error("vote file cannot be read", file=str(broken.path), problem=broken.problem)
        return found.votes

    def delete(self, votes: Sequence[OfflineVote]) -> None:
        """Delete the files of committed votes."""
        for vote in votes:
            forget(vote)
