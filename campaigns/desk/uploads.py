"""An upload of a list: how it is to be treated, where it stands, and who reads the file.

Knows the nouns. Must not know how an upload is carried out, or who asked for it.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from campaigns.desk.preview import Preview
from campaigns.desk.reading import ReadBatch, ReadJob
from campaigns.errors import Fault
from campaigns.lists import MAIN_LIST, Known, Within


class ImportState(StrEnum):
    """Where an upload stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CUT_OFF = "cut_off"  # the service stopped meanwhile, or was killed


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """How an upload is to be treated. ``columns``, ``encoding`` and ``date_order`` go before ``mapping``.

    ``encoding`` is that of a text, by a name of ``campaigns.desk.encoding``; empty: the saved mapping's, and
    where that has none it is found out.
    """

    dry_run: bool = False
    list_name: str = MAIN_LIST
    known: Known = Known.UPDATE
    within: Within = Within.CAMPAIGN
    mapping: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    date_order: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an upload did so far: ``rows`` is loaded + updated + unchanged + duplicate + faulty.

    ``faults`` are in file order and at most ``FAULTS_TOLD``; ``has_rejects`` says that the reject file names
    every faulty row. A dry run counts what would happen. ``share`` of the file is read, 0 to 1.
    ``unproven`` of the good rows bring a consent without evidence, which is none where a rule pack asks for
    one. ``form`` says in words how it was read, empty before its first rows: a wrong guess of its encoding
    shows there. ``problem`` says why an upload failed, or
    what one that is under way waits for.
    """

    id: str
    campaign_id: int
    file_name: str
    list_name: str
    dry_run: bool
    state: ImportState
    by: str
    started_at: datetime
    ended_at: datetime | None = None
    rows: int = 0
    loaded: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    faulty: int = 0
    unproven: int = 0
    share: float = 0.0
    form: str = ""
    has_rejects: bool = False
    faults: tuple[Fault, ...] = ()
    problem: str = ""


class ListReader(Protocol):
    """Takes lists apart somewhere where calls do not notice."""

    def read(self, job: ReadJob) -> AsyncGenerator[ReadBatch, None]:
        """Yield the batches of a file; raises ``InvalidInput`` for what spoils the whole of it.

        Whoever listens closes it, come what may.
        """

    async def preview(self, job: ReadJob) -> Preview:
        """Read the first rows of a file; raises ``InvalidInput`` when it cannot be opened as a list."""

    async def reject(self, job: ReadJob, problems: Mapping[int, str]) -> None:
        """Write rows to the reject file that were left out only when loading, by row number."""
