"""A list read as an upload of it would be, without a book."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from campaign_cases import REVISIT, campaign, utc, windows

from campaigns.desk.dateorder import DateOrder
from campaigns.desk.reading import ReadJob, read_file
from campaigns.desk.seen import MemorySeenRows
from campaigns.errors import Fault
from campaigns.lists import ListRow
from campaigns.model import Campaign

REQUIRED = ("ref", "name", "phone", "service", "service_date")
NOW = utc("2026-11-21 16:00")  # a Saturday, 11:00 in New York
ALWAYS = windows(range(7), "00:00-00:00")
REVISITS = campaign(anchor=REVISIT)


@dataclass(frozen=True, slots=True)
class ReadList:
    good: tuple[ListRow, ...]
    duplicate: int
    faulty: int
    faults: tuple[Fault, ...]
    rejects: str
    unproven: int
    form: str


def read(
    text: str | bytes,
    region: str | None = None,
    moment: datetime = NOW,
    at: Campaign = REVISITS,
    mapping: Mapping[str, str] | None = None,
    *,
    numbers_once: bool = True,
    date_order: DateOrder | None = None,
) -> ReadList:
    required = REQUIRED if at.anchor else ("ref", "phone")
    with tempfile.TemporaryDirectory() as folder:
        path, rejects = Path(folder) / "list", Path(folder) / "rejects.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        job = ReadJob(path, rejects, at, required, mapping or {}, region, moment, numbers_once)
        job = replace(job, date_order=date_order)
        batches = list(read_file(job, MemorySeenRows()))
        told = rejects.read_text(encoding="utf-8-sig", errors="replace") if rejects.exists() else ""
    return ReadList(
        tuple(row for batch in batches for row in batch.rows),
        sum(batch.duplicate for batch in batches),
        sum(batch.faulty for batch in batches),
        tuple(fault for batch in batches for fault in batch.faults),
        told,
        sum(batch.unproven for batch in batches),
        batches[-1].form if batches else "",
    )
