"""Loading an uploaded list: checked, read elsewhere, loaded batch by batch, with progress and a reject file.

Knows the order of work and the uploads of this run of the service. Must not know files' insides, a database
or HTTP. Long uploads go on by themselves; whoever asked may wait, look now and then, or stop one. What was
loaded stays loaded: the same file again is safe and completes it.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from campaigns.books import MappingBook
from campaigns.desk.columns import SPELLINGS
from campaigns.desk.encoding import encoding_faults, encoding_named
from campaigns.desk.preview import Preview
from campaigns.desk.reading import FAULTS_TOLD, WITHOUT_IT, ReadBatch, ReadJob
from campaigns.desk.uploads import ImportOrder, ImportReport, ImportState, ListReader
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.lists import ColumnMapping, Known, LeftOut, LoadCount, LoadTerms
from campaigns.model import Campaign, CampaignStatus, Template
from campaigns.ports import CampaignBook
from campaigns.private_files import make_private

T = TypeVar("T")

log = structlog.get_logger()

KEPT: Final = 50
"""Finished uploads that are remembered, with their reject files."""
AT_ONCE: Final = 2
"""Uploads that are read at the same time; others wait their turn."""
WAITING: Final = 20
"""Uploads that may be under way or waiting at all."""
MAX_LIST_NAME: Final = 120


@dataclass(slots=True, eq=False)
class _Upload:
    report: ImportReport
    job: ReadJob
    terms: LoadTerms
    task: "asyncio.Task[None] | None" = None
    left_out: dict[int, str] = field(default_factory=dict)


class ImportDesk:
    """Uploads of lists into campaigns.

    ``spool`` is the directory of uploaded and reject files. ``now`` returns the moment, aware, in UTC.
    ``region`` is the ISO country of numbers without a country code; None refuses those. ``agents`` are those
    who can own a customer, None where anybody can. ``loaded`` is told which campaign has new leads, and when
    an upload into it is over.
    """

    def __init__(
        self,
        book: CampaignBook,
        mappings: MappingBook,
        reader: ListReader,
        templates: Mapping[str, Template],
        now: Callable[[], datetime],
        spool: Path,
        region: str | None = None,
        loaded: Callable[[int], None] = lambda _: None,
        agents: Iterable[str] | None = None,
    ) -> None:
        self._book = book
        self._mappings = mappings
        self._reader = reader
        self._templates = templates
        self._now = now
        self._spool = spool
        self._region = region
        self._loaded = loaded
        self._agents = None if agents is None else frozenset(agents)
        self._uploads: dict[str, _Upload] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._closing = False

    def new_file(self) -> Path:
        """Return where to put an uploaded file; ``start`` and ``preview`` take and delete it."""
        make_private(self._spool)
        return self._spool / f"upload-{secrets.token_hex(8)}"

    async def start(
        self, campaign_id: int, path: Path, file_name: str, order: ImportOrder, by: str
    ) -> ImportReport:
        """Begin to load a file; returns at once, and the upload goes on. The file is deleted at the end.

        Raises ``NotFound``, ``NotAllowedNow`` when the campaign is stopped for good or too many uploads are
        under way, and ``InvalidInput`` for a bad list name or mapping.
        """
        try:
            campaign = await self._open_campaign(campaign_id)
            if sum(1 for one in self._uploads.values() if one.report.state is ImportState.RUNNING) >= WAITING:
                raise NotAllowedNow(f"{WAITING} uploads are under way: wait until one of them is done")
            upload = self._begin(campaign, path, file_name, await self._resolved(order), by)
        except BaseException:
            _discard(path)
            raise
        upload.task = asyncio.create_task(self._run(upload), name=f"upload {upload.report.id}")
        self._forget_oldest()
        return upload.report

    async def wait(self, import_id: str) -> ImportReport:
        """Return an upload's report once it is over; raises ``InvalidInput`` when the file was spoiled.

        Whoever waits may go away: the upload goes on.
        """
        upload = self._upload(import_id)
        if upload.task is not None:
            await asyncio.wait([upload.task])
        report = upload.report
        if report.state is ImportState.FAILED and report.faults and not report.rows:
            raise InvalidInput(report.faults)
        return report

    def get(self, import_id: str) -> ImportReport:
        """Return an upload's report as it stands; raises ``NotFound``."""
        return self._upload(import_id).report

    def all(self) -> Sequence[ImportReport]:
        """Return the uploads of this run of the service, newest first."""
        return [upload.report for upload in reversed(self._uploads.values())]

    def is_loading(self, campaign_id: int) -> bool:
        """Say whether a list is on its way into a campaign."""
        return any(
            upload.report.campaign_id == campaign_id
            and upload.report.state is ImportState.RUNNING
            and not upload.report.dry_run
            for upload in self._uploads.values()
        )

    async def cancel(self, import_id: str) -> ImportReport:
        """Stop an upload; what was loaded stays. Raises ``NotFound``; one that is over stays as it is."""
        upload = self._upload(import_id)
        if upload.task is not None:
            upload.task.cancel()
            await asyncio.wait([upload.task])
        return upload.report

    def rejects(self, import_id: str) -> Path:
        """Return where the reject file is; raises ``NotFound`` when there is none."""
        upload = self._upload(import_id)
        if not upload.report.has_rejects:
            raise NotFound(f"upload {import_id} has no reject file")
        return upload.job.rejects

    async def preview(self, campaign_id: int, path: Path, order: ImportOrder) -> Preview:
        """Show how the first rows of a file would be read; raises as ``start``. The file is deleted."""
        try:
            campaign = await self._open_campaign(campaign_id)
            return await self._reader.preview(self._job(campaign, path, await self._resolved(order)))
        finally:
            _discard(path)

    async def save_mapping(
        self, name: str, columns: Mapping[str, str], by: str, encoding: str = ""
    ) -> ColumnMapping:
        """Save a mapping; raises ``InvalidInput`` for a bad name, unknown columns or an unknown encoding."""
        faults = [*_name_faults("name", name), *encoding_faults(encoding)]
        known = set(SPELLINGS).union(*(each.required_columns for each in self._templates.values()))
        faults += [
            Fault(f"columns.{column[:40]}", "is not a known column")
            for column in columns
            if column not in known
        ]
        if faults:
            raise InvalidInput(faults)
        mapping = ColumnMapping(name.strip(), dict(columns), by, self._now(), encoding_named(encoding))
        await self._mappings.save_mapping(mapping)
        return mapping

    async def mappings(self) -> Sequence[ColumnMapping]:
        """Return all saved mappings, by name."""
        return await self._mappings.mappings()

    async def delete_mapping(self, name: str) -> None:
        """Forget a mapping; raises ``NotFound``."""
        await self._mappings.delete_mapping(name)

    async def close(self) -> None:
        """Stop every upload and delete its files."""
        self._closing = True
        tasks = [upload.task for upload in self._uploads.values() if upload.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for upload in self._uploads.values():
            upload.job.rejects.unlink(missing_ok=True)

    def _upload(self, import_id: str) -> _Upload:
        try:
            return self._uploads[import_id]
        except KeyError:
            raise NotFound(f"no upload {import_id}") from None

    async def _open_campaign(self, campaign_id: int) -> Campaign:
        campaign = await self._book.campaign(campaign_id)
        if campaign.for_test_calls:
            raise NotAllowedNow(
                f"campaign {campaign.name!r} takes test calls alone (`dialer call`), and no list: "
                "give the number of another one, or create it"
            )
        if campaign.status is CampaignStatus.STOPPED:
            raise NotAllowedNow(
                f"campaign {campaign.name!r} is stopped for good: create a new one for this list"
            )
        return campaign

    async def _resolved(self, order: ImportOrder) -> ImportOrder:
        """Check an order, and fill in what the saved mapping says that it names."""
        if faults := [*_name_faults("list", order.list_name), *encoding_faults(order.encoding)]:
            raise InvalidInput(faults)
        if not order.mapping:
            return order
        try:
            saved = await self._mappings.mapping(order.mapping)
        except NotFound as fault:
            raise InvalidInput([Fault("mapping", str(fault))]) from fault
        columns = {**saved.columns, **order.columns}
        return replace(order, columns=columns, encoding=order.encoding.strip() or saved.encoding)

    def _begin(self, campaign: Campaign, path: Path, file_name: str, order: ImportOrder, by: str) -> _Upload:
        now = self._now()
        report = ImportReport(
            id=secrets.token_hex(8),
            campaign_id=campaign.id,
            file_name=file_name,
            list_name=order.list_name.strip(),
            dry_run=order.dry_run,
            state=ImportState.RUNNING,
            by=by,
            started_at=now,
        )
        terms = LoadTerms(report.list_name, order.known, order.within, order.dry_run, by, now)
        upload = _Upload(report, self._job(campaign, path, order), terms)
        self._uploads[report.id] = upload
        return upload

    def _job(self, campaign: Campaign, path: Path, order: ImportOrder) -> ReadJob:
        return ReadJob(
            path=path,
            rejects=path.with_name(f"{path.name}.rejects.csv"),
            campaign=campaign,
            required=required_columns(campaign, self._templates),
            mapping=order.columns,
            region=self._region,
            moment=self._now(),
            numbers_once=order.known is not Known.ALLOW,
            agents=self._agents,
            encoding=encoding_named(order.encoding),
        )

    def _forget_oldest(self) -> None:
        over = [one for one in self._uploads.values() if one.report.state is not ImportState.RUNNING]
        for upload in over[: max(0, len(over) - KEPT)]:
            upload.job.rejects.unlink(missing_ok=True)
            del self._uploads[upload.report.id]

    async def _run(self, upload: _Upload) -> None:
        """Load an upload to its end, however it ends; the uploaded file goes with it."""
        state, problem, faults = (
            ImportState.FAILED,
            "the upload broke off; the log says more",
            upload.report.faults,
        )
        try:
            async with self._turn:
                await self._load(upload)
            state, problem = ImportState.DONE, ""
        except InvalidInput as fault:
            problem, faults = str(fault), fault.faults
        except asyncio.CancelledError:
            state, problem = ImportState.CANCELLED, "stopped; what was loaded stays"
        except Exception:  # whatever it is, the report says that the upload is over
            log.exception("upload broke off", upload=upload.report.id, campaign=upload.report.campaign_id)
        finally:
            _discard(upload.job.path)
            upload.report = replace(
                upload.report,
                state=state,
                problem=problem,
                faults=faults if state is ImportState.FAILED else upload.report.faults,
                ended_at=self._now(),
                has_rejects=upload.job.rejects.exists(),
            )
            if not upload.terms.dry_run:
                self._loaded(upload.report.campaign_id)  # a campaign may have waited for the end of it

    async def _load(self, upload: _Upload) -> None:
        """Read and load batch by batch; while one is loaded the next is read already."""
        try:
            # Closed by hand: an upload that is cancelled while it loads must end its reader as well.
            async with aclosing(self._reader.read(upload.job)) as batches:
                async for batch in batches:
                    await self._load_batch(upload, batch)
        finally:
            # Also of an upload that was broken off: what was left out of what was loaded must not be lost.
            if upload.left_out and not self._closing:
                work = self._reader.reject(upload.job, upload.left_out)
                name = f"rejects of upload {upload.report.id}"
                _, cancelled = await _to_the_end(work, name, unless=lambda: self._closing)
                if cancelled:
                    raise asyncio.CancelledError

    async def _load_batch(self, upload: _Upload, batch: ReadBatch) -> None:
        """Load a batch and count it, also when cancelled meanwhile: the book stores it all the same."""
        count, cancelled = LoadCount(0, 0, 0), False
        if batch.rows:
            work = self._book.load_rows(upload.report.campaign_id, batch.rows, upload.terms)
            count, cancelled = await _to_the_end(work, f"batch of upload {upload.report.id}")
        self._count(upload, batch, count)
        if count.loaded and not upload.terms.dry_run:
            self._loaded(upload.report.campaign_id)
        if cancelled:
            raise asyncio.CancelledError

    def _count(self, upload: _Upload, batch: ReadBatch, count: LoadCount) -> None:
        report = upload.report
        news = [Fault(f"row {out.row}", _why(out)) for out in count.left_out]
        for out, fault in zip(count.left_out, news, strict=True):
            before = upload.left_out.get(out.row)
            upload.left_out[out.row] = fault.problem if before is None else f"{before}; {fault.problem}"
        faults = (*report.faults, *batch.faults, *news)[:FAULTS_TOLD]
        upload.report = replace(
            report,
            rows=report.rows + batch.read,
            loaded=report.loaded + count.loaded,
            updated=report.updated + count.updated,
            unchanged=report.unchanged + count.unchanged,
            duplicate=report.duplicate + batch.duplicate + count.duplicate,
            faulty=report.faulty + batch.faulty,
            unproven=report.unproven + batch.unproven,
            share=batch.share,
            form=batch.form,
            faults=faults,
            has_rejects=report.has_rejects or bool(batch.faults),
        )


async def _to_the_end(
    work: Coroutine[Any, Any, T], name: str, unless: Callable[[], bool] = lambda: False
) -> tuple[T, bool]:
    """Wait for work however often the caller is cancelled meanwhile; returns its value, and if he was.

    ``unless`` is asked at each cancelling: where it is true, the work is cancelled too.
    """
    task, cancelled = asyncio.create_task(work, name=name), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
            if unless():
                task.cancel()
    return task.result(), cancelled


def required_columns(campaign: Campaign, templates: Mapping[str, Template]) -> tuple[str, ...]:
    """Return what a list must have; a campaign outlives its template, then only what any list needs."""
    template = templates.get(campaign.template)
    if template is not None:
        return template.required_columns
    return ("ref", "phone") if campaign.anchor is None else ("ref", "phone", campaign.anchor.field)


def _why(out: LeftOut) -> str:
    words = f"{out.number} is the number of {out.owner_ref!r} already"
    return f"{words}; {WITHOUT_IT}" if out.further else words


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)


def _name_faults(place: str, name: str) -> list[Fault]:
    if not name.strip():
        return [Fault(place, "is empty")]
    if len(name) > MAX_LIST_NAME:
        return [Fault(place, f"longer than {MAX_LIST_NAME} characters")]
    return [] if name.isprintable() else [Fault(place, "holds control characters")]
