"""Carrying out one upload: read elsewhere, loaded batch by batch, counted, and over however it ends.

Knows the order of work. Must not know files' insides, a database, or which uploads there are. What was loaded
stays loaded: the same file again is safe and completes it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar

import structlog

from campaigns.desk.kept_uploads import KeptUpload, UploadShelf, cut_off, without
from campaigns.desk.reading import FAULTS_TOLD, WITHOUT_IT, ReadBatch, ReadJob
from campaigns.desk.uploads import ImportState, ListReader
from campaigns.errors import BooksShut, Fault, InvalidInput
from campaigns.lists import LeftOut, LoadCount, LoadTerms
from campaigns.ports import CampaignBook

T = TypeVar("T")

log = structlog.get_logger()

AGAIN_S: Final = 1.0
"""How long a batch waits that the database would not take, before it is offered again."""
GIVE_UP_S: Final = 600.0
"""So long a batch is offered: a database that is restarted or moved is back by then."""

BROKE_OFF: Final = "the upload broke off; the log says more"
RESUMES: Final = "what was loaded stays, and the same file again loads the rest"


@dataclass(slots=True, eq=False)
class Upload:
    """An upload under way: what is kept of it, what there is to read, and what it is bound to."""

    kept: KeptUpload
    job: ReadJob
    terms: LoadTerms
    left_out: dict[int, str] = field(default_factory=dict)
    waits: bool = False  # for the database, with a batch that was not taken
    stopped: bool = False


class Uploading:
    """Loads files into the book. ``loaded`` is told which campaign has new leads, and when one is over.

    ``opted_out`` is told where somebody may not be called any more: after a batch in which anybody says no,
    and at the end, since a row can also bring a number of his that is barred.
    """

    def __init__(
        self,
        book: CampaignBook,
        reader: ListReader,
        shelf: UploadShelf,
        now: Callable[[], datetime],
        loaded: Callable[[int], None],
        opted_out: Callable[[], None],
        at_once: int,
    ) -> None:
        self._book = book
        self._reader = reader
        self._shelf = shelf
        self._now = now
        self._loaded = loaded
        self._opted_out = opted_out
        self._turn = asyncio.Semaphore(at_once)
        self._closing = False

    def close(self) -> None:
        """From now on whatever is broken off is so because the service stops."""
        self._closing = True

    async def run(self, upload: Upload) -> None:
        """Load an upload to its end, however it ends; the uploaded file goes with it."""
        kept = upload.kept
        state, problem, faults = await self._ending(upload)
        is_cut_off = self._closing and state is ImportState.CANCELLED
        is_tidy = await self._is_tidy(kept, is_cut_off)
        if not is_tidy:
            state, problem, faults = ImportState.FAILED, BROKE_OFF, ()  # whose rows they are, nobody knows
        if is_cut_off:
            kept.report = cut_off(kept.report, self._now())
        else:
            kept.report = replace(
                kept.report,
                state=state,
                problem=problem,
                faults=faults if state is ImportState.FAILED else kept.report.faults,
                ended_at=self._now(),
                has_rejects=is_tidy and kept.rejects.exists(),
            )
        for traces in kept.erased:
            kept.report = without(kept.report, traces)
        try:
            self._shelf.end(kept)
        except OSError:
            log.exception("what came of an upload cannot be kept", upload=kept.report.id)
        if not upload.terms.dry_run:
            self._loaded(kept.report.campaign_id)  # a campaign may have waited for the end of it
            self._opted_out()

    async def _ending(self, upload: Upload) -> tuple[ImportState, str, tuple[Fault, ...]]:
        """Load an upload and return how that ended, with the problem and the faults of a spoiled file."""
        report = upload.kept.report
        try:
            async with self._turn:
                await self._load(upload)
        except InvalidInput as fault:
            return ImportState.FAILED, str(fault), tuple(fault.faults)
        except asyncio.CancelledError:
            problem = "stopped" if report.dry_run else "stopped; what was loaded stays"
            return ImportState.CANCELLED, problem, ()
        except BooksShut as fault:
            log.error("upload given up", upload=report.id, campaign=report.campaign_id, cause=str(fault))
            problem = f"the database did not answer for {GIVE_UP_S / 60:.0f} minutes ({fault}); {RESUMES}"
            return ImportState.FAILED, problem, upload.kept.report.faults
        except Exception:  # whatever it is, the report says that the upload is over
            log.exception("upload broke off", upload=report.id, campaign=report.campaign_id)
            return ImportState.FAILED, BROKE_OFF, upload.kept.report.faults
        return ImportState.DONE, "", ()

    async def _is_tidy(self, kept: KeptUpload, is_cut_off: bool) -> bool:
        """Delete the uploaded file and search what is left; where that fails all of it goes, and False."""
        try:
            kept.path.unlink(missing_ok=True)
            if not is_cut_off:  # its reject file goes anyway
                await self._search(kept)
        except Exception:  # a full disk, for one: whoever was erased may stand in it still
            log.exception("what an upload leaves cannot be searched, and is deleted", upload=kept.report.id)
            with suppress(OSError):
                self._shelf.forget(kept)
            return False
        return True

    async def _search(self, kept: KeptUpload) -> None:
        """Take whoever was erased meanwhile out of the reject file, which is whole now."""
        searched = 0
        while searched < len(kept.erased):  # somebody else may be erased while one is looked for
            work = asyncio.to_thread(self._shelf.erase, kept, kept.erased[searched])
            kept.report, _ = await _to_the_end(work, f"search of upload {kept.report.id}")
            searched += 1

    async def _load(self, upload: Upload) -> None:
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
                name = f"rejects of upload {upload.kept.report.id}"
                _, cancelled = await _to_the_end(work, name, unless=lambda: self._closing)
                if cancelled:
                    raise asyncio.CancelledError

    async def _load_batch(self, upload: Upload, batch: ReadBatch) -> None:
        """Load a batch and count it, also when cancelled meanwhile: the book stores it all the same."""
        report = upload.kept.report
        count, cancelled = LoadCount(0, 0, 0), False
        if batch.rows:

            def may_break_off() -> bool:
                upload.stopped = True
                return upload.waits

            work = self._offered(upload, batch)
            count, cancelled = await _to_the_end(work, f"batch of upload {report.id}", may_break_off)
        _count(upload, batch, count)
        self._shelf.note(upload.kept)
        if not upload.terms.dry_run:
            if count.loaded:
                self._loaded(report.campaign_id)
            if any(row.consent is not None and not row.consent.given for row in batch.rows):
                self._opted_out()
        if cancelled:
            raise asyncio.CancelledError

    async def _offered(self, upload: Upload, batch: ReadBatch) -> LoadCount:
        """Have a batch loaded, again and again while the database is away; raises ``BooksShut`` in the end.

        Twice does no harm: whoever was stored before the answer got lost is counted as unchanged.
        """
        kept, until = upload.kept, asyncio.get_running_loop().time() + GIVE_UP_S
        while True:
            try:
                count = await self._book.load_rows(kept.report.campaign_id, batch.rows, upload.terms)
            except BooksShut as fault:
                if upload.stopped or asyncio.get_running_loop().time() >= until:
                    raise
                if not kept.report.problem:
                    log.warning("upload waits for the database", upload=kept.report.id, cause=str(fault))
                kept.report = replace(kept.report, problem=f"waits for the database: {fault}")
                upload.waits = True
                await asyncio.sleep(AGAIN_S)
                upload.waits = False
                continue
            if kept.report.problem:
                log.info("upload goes on", upload=kept.report.id)
                kept.report = replace(kept.report, problem="")
            return count


def _count(upload: Upload, batch: ReadBatch, count: LoadCount) -> None:
    kept = upload.kept
    report = kept.report
    news = [Fault(f"row {out.row}", _why(out)) for out in count.left_out]
    for out, fault in zip(count.left_out, news, strict=True):
        before = upload.left_out.get(out.row)
        upload.left_out[out.row] = fault.problem if before is None else f"{before}; {fault.problem}"
    faults = (*report.faults, *batch.faults, *news)[:FAULTS_TOLD]
    kept.report = replace(
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
    for traces in kept.erased:
        kept.report = without(kept.report, traces)


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


def _why(out: LeftOut) -> str:
    words = f"{out.number} is the number of {out.owner_ref!r} already"
    return f"{words}; {WITHOUT_IT}" if out.further else words
