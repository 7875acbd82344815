"""Reads the vote files that ``vote.py`` left, and removes each once its vote is committed.

Knows the files' format. Must not know who stores votes: commit by attempt id (a second time changes
nothing), then ``forget``; a crash between the two only repeats.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ivr.offline.vote import ATTEMPT_ID


@dataclass(frozen=True, slots=True)
class OfflineVote:
    """One vote taken without the service. ``score`` is None when no key of the scale was pressed."""

    attempt_id: str
    score: int | None
    at: datetime
    path: Path


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file that holds no readable vote. It is left where it is: someone may still read it."""

    path: Path
    problem: str


@dataclass(frozen=True, slots=True)
class Collected:
    """Everything found: votes, oldest first, and what could not be read."""

    votes: tuple[OfflineVote, ...]
    broken: tuple[BrokenFile, ...]


def collect(directory: Path, low: int = 1, high: int = 5) -> Collected:
    """Read all vote files; ``low`` to ``high`` is the scale. A directory that is not there holds none.

    A file still being written (``.part``) is passed over: the script renames it when it is whole.
    """
    votes: list[OfflineVote] = []
    broken: list[BrokenFile] = []
    for path in sorted(directory.glob("*.json")):
        try:
            votes.append(_vote(path, low, high))
        except FileNotFoundError:
            continue  # another collector was quicker
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as fault:
            broken.append(BrokenFile(path, f"{type(fault).__name__}: {fault}"))
    votes.sort(key=lambda vote: (vote.at, vote.attempt_id))
    return Collected(tuple(votes), tuple(broken))


def forget(vote: OfflineVote) -> None:
    """Remove the file of a committed vote; harmless twice."""
    vote.path.unlink(missing_ok=True)


def _vote(path: Path, low: int, high: int) -> OfflineVote:
    data: dict[str, Any] = json.loads(path.read_bytes())
    attempt_id, digits = data["attempt_id"], data["digits"]
    if not ATTEMPT_ID.fullmatch(attempt_id) or path.name != f"{attempt_id}.json":
        raise ValueError(f"the file is not that of attempt {attempt_id!r}")
    in_scale = len(digits) == 1 and digits in "0123456789" and low <= int(digits) <= high
    at = datetime.fromtimestamp(float(data["at"]), UTC)
    return OfflineVote(attempt_id, int(digits) if in_scale else None, at, path)
