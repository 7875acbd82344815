"""Uploads of lists: begun, followed, stopped, and kept for a while, with their reject files.

Knows which uploads there are, also from before the service was started. Must not know files' insides, a
database or HTTP. Long uploads go on by themselves; whoever asked may wait, look now and then, or stop one.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from campaigns.books import MappingBook
from campaigns.desk.columns import SPELLINGS
from campaigns.desk.dateorder import date_order_faults, date_order_named
from campaigns.desk.encoding import encoding_faults, encoding_named
from campaigns.desk.kept_uploads import REJECTS, KeptUpload, UploadShelf, without
from campaigns.desk.preview import Preview
from campaigns.desk.reading import ReadJob
from campaigns.desk.traces import Traces
from campaigns.desk.uploading import Upload, Uploading
from campaigns.desk.uploads import ImportOrder, ImportReport, ImportState, ListReader
from campaigns.errors import Fault, InvalidInput, NotAllowedNow, NotFound
from campaigns.lists import ColumnMapping, Known, LoadTerms
from campaigns.model import Campaign, CampaignStatus, Template
from campaigns.ports import CampaignBook
from campaigns.private_files import make_private

KEPT: Final = 50
"""Finished uploads that are remembered, with their reject files."""
KEEP: Final = timedelta(days=7)
"""How long they are remembered, unless said."""
AT_ONCE: Final = 2
"""Uploads that are read at the same time; others wait their turn."""
WAITING: Final = 20
"""Uploads that may be under way or waiting at all."""
MAX_LIST_NAME: Final = 120


class ImportDesk:
    """Uploads of lists into campaigns.

    ``spool`` is the directory of uploaded and reject files; of what is in it from earlier runs of the service
    those are known that are ``owner``'s, by which a database is named. Whatever is over is remembered for
    ``keep``. ``now`` returns the moment, aware, in UTC. ``region`` is the ISO country of numbers without a
    country code; None refuses those. ``agents`` are those who can own a customer, None where anybody can.
    ``loaded`` is told which campaign has new leads, and when an upload into it is over; ``opted_out`` where
    an upload may have brought that somebody is not to be called.
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
        owner: str = "",
        keep: timedelta = KEEP,
        opted_out: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
        self._mappings = mappings
        self._reader = reader
        self._templates = templates
        self._now = now
        self._spool = spool
        self._region = region
        self._agents = None if agents is None else frozenset(agents)
        self._keep = keep
        self._shelf = UploadShelf(spool, owner)
        self._work = Uploading(book, reader, self._shelf, now, loaded, opted_out, AT_ONCE)
        self._kept = {one.report.id: one for one in self._shelf.recall()}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._searching = asyncio.Lock()
        self._forget(self._too_old())

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
            if len(self._under_way) >= WAITING:
                raise NotAllowedNow(f"{WAITING} uploads are under way: wait until one of them is done")
            upload = self._begin(campaign, path, file_name, await self._resolved(order), by)
        except BaseException:
            _discard(path)
            raise
        import_id = upload.kept.report.id
        task = asyncio.create_task(self._work.run(upload), name=f"upload {import_id}")
        self._under_way[import_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(import_id))
        self._forget(self._too_many())
        return upload.kept.report

    async def wait(self, import_id: str) -> ImportReport:
        """Return an upload's report once it is over; raises ``InvalidInput`` when the file was spoiled.

        Whoever waits may go away: the upload goes on.
        """
        upload = self._upload(import_id)
        await self._ended(import_id)
        report = upload.report
        if report.state is ImportState.FAILED and report.faults and not report.rows:
            raise InvalidInput(report.faults)
        return report

    def get(self, import_id: str) -> ImportReport:
        """Return an upload's report as it stands; raises ``NotFound``."""
        return self._upload(import_id).report

    def all(self) -> Sequence[ImportReport]:
        """Return the uploads that are remembered, newest first."""
        return [upload.report for upload in reversed(self._kept.values())]

    def is_loading(self, campaign_id: int) -> bool:
        """Say whether a list is on its way into a campaign."""
        return any(
            upload.report.campaign_id == campaign_id and not upload.is_over and not upload.report.dry_run
            for upload in self._kept.values()
        )

    async def cancel(self, import_id: str) -> ImportReport:
        """Stop an upload; what was loaded stays. Raises ``NotFound``; one that is over stays as it is."""
        upload = self._upload(import_id)
        if (task := self._under_way.get(import_id)) is not None:
            task.cancel()
        await self._ended(import_id)
        return upload.report

    def rejects(self, import_id: str) -> Path:
        """Return where the reject file is; raises ``NotFound`` when there is none."""
        upload = self._upload(import_id)
        if not upload.report.has_rejects:
            raise NotFound(f"upload {import_id} has no reject file")
        return upload.rejects

    async def expire(self) -> int:
        """Forget uploads that have been over for long enough, with their reject files; returns how many."""
        return self._forget(self._too_old())

    async def forget_list(self, campaign_id: int, list_name: str) -> None:
        """Forget the uploads into a list that was deleted; one that is under way makes it anew."""
        self._forget(
            upload
            for upload in list(self._kept.values())
            if (upload.report.campaign_id, upload.report.list_name) == (campaign_id, list_name)
        )

    async def erase(self, traces: Traces) -> None:
        """Take every row of a person out of what is remembered; of what is being read, once it is over."""
        async with self._searching:
            for upload in list(self._kept.values()):
                if upload.is_over:
                    upload.report = await asyncio.to_thread(self._shelf.erase, upload, traces)
                else:
                    upload.erased.append(traces)
                    upload.report = without(upload.report, traces)

    async def preview(self, campaign_id: int, path: Path, order: ImportOrder) -> Preview:
        """Show how the first rows of a file would be read; raises as ``start``. The file is deleted."""
        try:
            campaign = await self._open_campaign(campaign_id)
            return await self._reader.preview(self._job(campaign, path, await self._resolved(order)))
        finally:
            _discard(path)

    async def save_mapping(
        self, name: str, columns: Mapping[str, str], by: str, encoding: str = "", date_order: str = ""
    ) -> ColumnMapping:
        """Save a mapping; raises ``InvalidInput`` for a bad name, and for unknown columns or words."""
        faults = [*_name_faults("name", name), *encoding_faults(encoding), *date_order_faults(date_order)]
        known = set(SPELLINGS).union(*(each.required_columns for each in self._templates.values()))
        faults += [
            Fault(f"columns.{column[:40]}", "is not a known column")
            for column in columns
            if column not in known
        ]
        if faults:
            raise InvalidInput(faults)
        order = date_order_named(date_order) or ""
        read = (encoding_named(encoding), str(order))
        mapping = ColumnMapping(name.strip(), dict(columns), by, self._now(), *read)
        await self._mappings.save_mapping(mapping)
        return mapping

    async def mappings(self) -> Sequence[ColumnMapping]:
        """Return all saved mappings, by name."""
        return await self._mappings.mappings()

    async def delete_mapping(self, name: str) -> None:
        """Forget a mapping; raises ``NotFound``."""
        await self._mappings.delete_mapping(name)

    async def close(self) -> None:
        """Break off every upload: the next run of the service tells that it was cut off."""
        self._work.close()
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _upload(self, import_id: str) -> KeptUpload:
        try:
            return self._kept[import_id]
        except KeyError:
            raise NotFound(f"no upload {import_id}") from None

    async def _ended(self, import_id: str) -> None:
        if (task := self._under_way.get(import_id)) is not None:
            await asyncio.wait([task])

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
        wrong = [*encoding_faults(order.encoding), *date_order_faults(order.date_order)]
        if faults := [*_name_faults("list", order.list_name), *wrong]:
            raise InvalidInput(faults)
        if not order.mapping:
            return order
        try:
            saved = await self._mappings.mapping(order.mapping)
        except NotFound as fault:
            raise InvalidInput([Fault("mapping", str(fault))]) from fault
        columns = {**saved.columns, **order.columns}
        return replace(
            order,
            columns=columns,
            encoding=order.encoding.strip() or saved.encoding,
            date_order=order.date_order.strip() or saved.date_order,
        )

    def _begin(self, campaign: Campaign, path: Path, file_name: str, order: ImportOrder, by: str) -> Upload:
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
        kept = KeptUpload(path, report, order.columns)
        self._shelf.begin(kept)
        self._kept[report.id] = kept
        return Upload(kept, self._job(campaign, path, order), terms)

    def _job(self, campaign: Campaign, path: Path, order: ImportOrder) -> ReadJob:
        return ReadJob(
            path=path,
            rejects=path.with_name(path.name + REJECTS),
            campaign=campaign,
            required=required_columns(campaign, self._templates),
            mapping=order.columns,
            region=self._region,
            moment=self._now(),
            numbers_once=order.known is not Known.ALLOW,
            agents=self._agents,
            encoding=encoding_named(order.encoding),
            date_order=date_order_named(order.date_order),
        )

    def _too_many(self) -> Sequence[KeptUpload]:
        over = [upload for upload in self._kept.values() if upload.is_over]
        return over[: max(0, len(over) - KEPT)]

    def _too_old(self) -> Sequence[KeptUpload]:
        since = self._now() - self._keep
        ended = ((upload, upload.report.ended_at) for upload in self._kept.values())
        return [upload for upload, at in ended if at is not None and at <= since]

    def _forget(self, some: Iterable[KeptUpload]) -> int:
        """Forget those of some uploads that are over; returns how many."""
        over = [upload for upload in some if upload.is_over]
        for upload in over:
            self._shelf.forget(upload)
            self._kept.pop(upload.report.id, None)
        return len(over)


def required_columns(campaign: Campaign, templates: Mapping[str, Template]) -> tuple[str, ...]:
    """Return what a list must have; a campaign outlives its template, then only what any list needs."""
    template = templates.get(campaign.template)
    if template is not None:
        return template.required_columns
    return ("ref", "phone") if campaign.anchor is None else ("ref", "phone", campaign.anchor.field)


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)


def _name_faults(place: str, name: str) -> list[Fault]:
    if not name.strip():
        return [Fault(place, "is empty")]
    if len(name) > MAX_LIST_NAME:
        return [Fault(place, f"longer than {MAX_LIST_NAME} characters")]
    return [] if name.isprintable() else [Fault(place, "holds control characters")]
