"""Uploads as they lie in their folder, so that a restart of the service still knows them.

Knows files. Beside the reject file of an upload lies its record: lines of JSON, each telling what changed. It
grows with each batch, so that of an upload which a crash cut off it says what had been loaded. Rows of an
erased person are taken out of both. Must not know how a list is loaded, nor when an upload is forgotten.
"""

import contextlib
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from campaigns.desk.columns import map_columns
from campaigns.desk.sheet import OUR_COLUMNS
from campaigns.desk.traces import Traces
from campaigns.desk.uploads import ImportReport, ImportState
from campaigns.errors import Fault, InvalidInput
from campaigns.private_files import private_file, private_replacement

log = structlog.get_logger()

REJECTS: Final = ".rejects.csv"
"""What the name of a reject file has behind that of the uploaded file."""
RECORD: Final = ".record.jsonl"
"""What the name of an upload's record has behind that of the uploaded file."""
CUT_OFF: Final = (
    "cut off when the service stopped; what was loaded stays: send the same file again to load the rest "
    "and to have its reject file"
)
TRIAL_CUT_OFF: Final = (
    "cut off when the service stopped; it was a dry run, and nothing was loaded: send the same file again"
)

_MOMENTS: Final = ("started_at", "ended_at")
_SO_FAR: Final = (
    "rows", "loaded", "updated", "unchanged", "duplicate", "faulty", "unproven", "share", "form",
)  # fmt: skip
_NAMES: Final = frozenset(one.name for one in fields(ImportReport))


@dataclass(slots=True, eq=False)
class KeptUpload:
    """One upload: its report, and the file that was uploaded, beside whose name its own files lie.

    ``mapping`` says which column is which, as far as whoever sent it did. ``erased`` has whom a file that is
    still being written must not name once it is done.
    """

    path: Path
    report: ImportReport
    mapping: Mapping[str, str]
    erased: list[Traces] = field(default_factory=list)

    @property
    def rejects(self) -> Path:
        """Where the reject file is, if there is one."""
        return self.path.with_name(self.path.name + REJECTS)

    @property
    def record(self) -> Path:
        """Where the record is."""
        return self.path.with_name(self.path.name + RECORD)

    @property
    def is_over(self) -> bool:
        """Say whether nothing is loaded any more."""
        return self.report.state is not ImportState.RUNNING


class UploadShelf:
    """The records and reject files in one folder that belong to the database of this ``owner``.

    Services with other databases may use the same folder, and know nothing of each other's uploads.
    """

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder = folder
        self._owner = owner

    def begin(self, upload: KeptUpload) -> None:
        """Write down that an upload has begun."""
        self._append(upload, self._whole(upload))

    def note(self, upload: KeptUpload) -> None:
        """Write down how far it is."""
        told = _plain(upload.report)
        self._append(upload, {name: told[name] for name in _SO_FAR})

    def end(self, upload: KeptUpload) -> None:
        """Write down what came of it, all of it: what was written before may be gone.

        Of one that was cut off no reject file is kept: it is not whole.
        """
        if upload.report.state is ImportState.CUT_OFF:
            upload.rejects.unlink(missing_ok=True)
        self._append(upload, self._whole(upload))

    def recall(self) -> Sequence[KeptUpload]:
        """Return the uploads of earlier runs of the service, oldest first. What was under way is cut off."""
        found = []
        for record in self._folder.glob(f"*{RECORD}"):
            upload = self._read(record)
            if upload is None:
                continue
            if not upload.is_over:
                self._cut_off(upload)
            found.append(upload)
        return sorted(found, key=lambda one: (one.report.started_at, one.report.id))

    def forget(self, upload: KeptUpload) -> None:
        """Delete everything about an upload."""
        upload.rejects.unlink(missing_ok=True)
        upload.record.unlink(missing_ok=True)

    def erase(self, upload: KeptUpload, traces: Traces) -> ImportReport:
        """Take every row of a person out of the files of an upload that is over; returns its report then.

        Takes its time with a long reject file.
        """
        gone = _without(upload.rejects, upload.mapping, traces)
        report = without(upload.report, traces, gone)
        report = replace(report, has_rejects=report.has_rejects and upload.rejects.exists())
        if report != upload.report and upload.record.exists():
            with private_replacement(upload.record) as fresh:
                fresh.write(_line({**self._whole(upload), **_plain(report)}).encode())
        return report

    def _whole(self, upload: KeptUpload) -> Mapping[str, Any]:
        return {**_plain(upload.report), "owner": self._owner, "mapping": dict(upload.mapping)}

    def _append(self, upload: KeptUpload, told: Mapping[str, Any]) -> None:
        with open(upload.record, "a", encoding="utf-8", opener=private_file) as record:
            record.write(_line(told))

    def _read(self, record: Path) -> KeptUpload | None:
        """Read a record; None for one of another database, or that cannot be read."""
        told: dict[str, Any] = {}
        try:
            for line in record.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):  # the power failed in the middle of it
                    told |= json.loads(line or "{}")
            if told.pop("owner") != self._owner:
                return None
            mapping = told.pop("mapping")
            return KeptUpload(record.with_name(record.name.removesuffix(RECORD)), _report(told), mapping)
        except (OSError, ValueError, KeyError, TypeError) as fault:
            log.warning("the record of an upload cannot be read", file=str(record), fault=repr(fault))
            return None

    def _cut_off(self, upload: KeptUpload) -> None:
        upload.path.unlink(missing_ok=True)
        last = datetime.fromtimestamp(upload.record.stat().st_mtime, UTC)
        upload.report = cut_off(upload.report, last)
        self.end(upload)


def cut_off(report: ImportReport, at: datetime) -> ImportReport:
    """Return the report of an upload that the end of the service broke off."""
    problem = TRIAL_CUT_OFF if report.dry_run else CUT_OFF
    return replace(
        report, state=ImportState.CUT_OFF, problem=problem, ended_at=at, faults=(), has_rejects=False
    )


def without(report: ImportReport, traces: Traces, rows: frozenset[int] = frozenset()) -> ImportReport:
    """Return a report without words about a person; ``rows`` were his. What was counted stays."""
    return replace(
        report,
        faults=traces.out_of(report.faults, rows),
        problem="" if traces.in_text(report.problem) else report.problem,
        file_name="" if traces.in_text(report.file_name) else report.file_name,
    )


def _without(rejects: Path, mapping: Mapping[str, str], traces: Traces) -> frozenset[int]:
    """Take a person's rows out of a reject file; returns their numbers. With no row left the file goes.

    So does one that cannot be taken apart any more: nobody could say that he is not in it.
    """
    try:
        with rejects.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            gone, left = _his_rows(csv.reader(file), mapping, traces)
    except FileNotFoundError:
        return frozenset()
    except csv.Error as fault:
        log.warning("a reject file cannot be searched, and is deleted", file=str(rejects), fault=str(fault))
        gone, left = {}, 0
        rejects.unlink(missing_ok=True)
    if gone and not left:
        rejects.unlink(missing_ok=True)
    elif gone:
        _rewrite(rejects, frozenset(gone))
    return frozenset(filter(None, gone.values()))


def _his_rows(
    rows: Iterator[list[str]], mapping: Mapping[str, str], traces: Traces
) -> tuple[dict[int, int], int]:
    """Return which lines are his, each with the number that its row had in the list, and how many are not."""
    header = next(rows, [])
    own = len([name for name in header if name not in OUR_COLUMNS])
    columns = _places(header[:own], mapping)
    gone, left = {}, 0
    for line, cells in enumerate(rows, 1):
        number, problem = (*cells[own : own + 2], "", "")[:2]
        if traces.in_row([*cells[:own], *cells[own + 2 :]], columns) or traces.in_text(problem):
            gone[line] = int(number) if number.isdecimal() else 0
        else:
            left += 1
    return gone, left


def _rewrite(rejects: Path, gone: frozenset[int]) -> None:
    """Write a reject file anew without some of its lines, as it was written."""
    with (
        rejects.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file,
        private_replacement(rejects) as fresh,
    ):
        text = io.TextIOWrapper(fresh, encoding="utf-8", errors="surrogateescape", newline="")
        text.write("\N{BYTE ORDER MARK}")
        csv.writer(text).writerows(cells for line, cells in enumerate(csv.reader(file)) if line not in gone)
        text.detach()


def _places(header: Sequence[str], mapping: Mapping[str, str]) -> Mapping[str, int]:
    try:
        known = map_columns(header, (), mapping).known
    except InvalidInput:  # it names columns of a campaign's own
        known = {column: name for column, name in mapping.items() if name in header}
    return {column: header.index(name) for column, name in known.items()}


def _line(told: Mapping[str, Any]) -> str:
    """Return one line of a record. It begins with the break: what was torn off before it stays alone."""
    return "\n" + json.dumps(told)


def _plain(report: ImportReport) -> dict[str, Any]:
    """Return a report as JSON has it."""
    told: dict[str, Any] = {name: getattr(report, name) for name in _NAMES}
    for name in _MOMENTS:
        told[name] = None if told[name] is None else told[name].isoformat()
    told["faults"] = [[fault.place, fault.problem] for fault in report.faults]
    told["state"] = report.state.value
    return told


def _report(told: Mapping[str, Any]) -> ImportReport:
    """Read a report again; what a later version told beside is passed over."""
    known = {name: value for name, value in told.items() if name in _NAMES}
    for name in _MOMENTS:
        known[name] = None if known[name] is None else datetime.fromisoformat(known[name])
    known["faults"] = tuple(Fault(place, problem) for place, problem in known["faults"])
    return ImportReport(**{**known, "state": ImportState(known["state"])})
