"""Uploads that are under way, cancelled or broken off: what is counted, kept and told."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from halting_reader import HaltingReader
from import_cases import EXAMPLE, HEADER, World, counts, new_rows, row

from campaigns.desk import uploading
from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.reading import BATCH, ReadJob
from campaigns.desk.uploads import ImportOrder, ImportReport, ImportState
from campaigns.errors import BooksShut
from campaigns.lists import ListRow, LoadCount, LoadTerms


def rejected(world: World, report: ImportReport) -> list[str]:
    """How each row of the reject file of an upload begins."""
    text = world.desk.rejects(report.id).read_text(encoding="utf-8-sig")
    return [line[:4] for line in text.splitlines()[1:]]


async def cancelled_twice(quick: World, upload: str, gate: asyncio.Event) -> Sequence[ImportReport]:
    """Cancel an upload a second time while it still waits at a gate, then open that."""
    impatient = [asyncio.create_task(quick.desk.cancel(upload)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gate.set()
    return await asyncio.gather(*impatient)


async def test_a_list_is_on_its_way_until_its_upload_is_over_and_that_is_told(tmp_path: Path) -> None:
    reader = HaltingReader()
    world = World(tmp_path / "uploads", reader)
    made = await world.campaign()
    for dry_run in (True, False):
        reader.gate.clear()
        reader.reached.clear()
        uploading = asyncio.create_task(world.load(made.id, EXAMPLE, dry_run=dry_run))
        await asyncio.wait_for(reader.reached.wait(), 10)
        assert world.desk.is_loading(made.id) is not dry_run
        assert not world.desk.is_loading(made.id + 1)
        before = len(world.told)
        reader.gate.set()
        await uploading
        assert not world.desk.is_loading(made.id)
        assert (len(world.told) > before) is not dry_run
    await world.desk.close()


async def test_only_batches_that_say_no_have_ringing_calls_looked_at_and_the_end(quick: World) -> None:
    made = await quick.campaign()
    header = HEADER.replace("\n", ",consent,consent_date\n")
    rows = new_rows(BATCH * 3).replace("\n", ",,\n").splitlines(keepends=True)
    rows[BATCH] = rows[BATCH].replace(",,\n", ",no,2026-01-15\n")
    report = await quick.load(made.id, header + "".join(rows))
    assert (report.loaded, len(quick.told)) == (BATCH * 3, 4)
    assert quick.opted_out == [2, 4]
    rows[BATCH] = rows[BATCH].replace(",no,", ",yes,")
    await quick.load(made.id, header + "".join(rows))
    assert quick.opted_out == [2, 4, 5]
    await quick.load(made.id, header + "".join(rows).replace(",yes,", ",no,"), dry_run=True)
    assert quick.opted_out == [2, 4, 5]


async def test_an_upload_goes_on_alone_and_tells_how_far_it_is(quick: World) -> None:
    made = await quick.campaign()
    reader = HaltingReader()
    world = World(quick.desk.new_file().parent, reader, book=quick.book)
    path = world.desk.new_file()
    rows = new_rows(BATCH * 3)
    path.write_text(HEADER + rows, encoding="utf-8")
    begun = await world.desk.start(made.id, path, "list.csv", ImportOrder(), "mona")
    assert (begun.state, begun.rows) == (ImportState.RUNNING, 0)
    async with asyncio.timeout(10):
        while not world.desk.get(begun.id).rows:  # noqa: ASYNC110 - a condition with a deadline
            await asyncio.sleep(0)
    half = world.desk.get(begun.id)
    assert (half.state, half.rows, half.loaded) == (ImportState.RUNNING, BATCH, BATCH)
    assert 0 < half.share < 1
    stopped = await world.desk.cancel(begun.id)
    assert (stopped.state, stopped.loaded) == (ImportState.CANCELLED, BATCH)
    assert not path.exists()
    reader.gate.set()
    path = world.desk.new_file()
    path.write_text(HEADER + rows, encoding="utf-8")
    begun = await world.desk.start(made.id, path, "list.csv", ImportOrder(), "mona")
    assert counts(await world.desk.wait(begun.id))[1:4] == (2 * BATCH, 0, BATCH)


async def test_a_batch_that_is_being_stored_when_an_upload_is_cancelled_is_counted(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()
    await quick.load(made.id, HEADER + row("A", "+12025559999"))
    stored, gate, load_rows = asyncio.Event(), asyncio.Event(), quick.book.load_rows

    async def slow(campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms) -> LoadCount:
        count = await load_rows(campaign_id, rows, terms)
        stored.set()
        await gate.wait()
        return count

    monkeypatch.setattr(quick.book, "load_rows", slow)
    path = quick.desk.new_file()
    path.write_text(HEADER + row("B", "+12025559999") + new_rows(BATCH * 3), encoding="utf-8")
    begun = await quick.desk.start(made.id, path, "list.csv", ImportOrder(), "mona")
    await asyncio.wait_for(stored.wait(), 10)
    reports = await cancelled_twice(quick, begun.id, gate)
    assert [report.state for report in reports] == [ImportState.CANCELLED] * 2
    assert counts(reports[0]) == (BATCH, BATCH - 1, 0, 0, 1, 0)
    assert len(quick.book.lead_rows) == 1 + BATCH - 1
    assert rejected(quick, begun) == ["B,N "]


async def test_a_second_cancelling_does_not_lose_what_was_left_out(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()
    await quick.load(made.id, HEADER + row("A", "+12025559999"))
    writing, gate, reject = asyncio.Event(), asyncio.Event(), InlineReader.reject

    async def slow(self: InlineReader, job: ReadJob, problems: Mapping[int, str]) -> None:
        writing.set()
        await gate.wait()
        await reject(self, job, problems)

    monkeypatch.setattr(InlineReader, "reject", slow)
    path = quick.desk.new_file()
    path.write_text(HEADER + row("B", "+12025559999"), encoding="utf-8")
    begun = await quick.desk.start(made.id, path, "list.csv", ImportOrder(), "mona")
    await asyncio.wait_for(writing.wait(), 10)
    report, _ = await cancelled_twice(quick, begun.id, gate)
    assert rejected(quick, report) == ["B,N "]


async def test_what_was_left_out_before_an_upload_broke_off_is_in_the_reject_file(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()
    await quick.load(made.id, HEADER + row("A", "+12025559999"))
    load_rows = quick.book.load_rows

    async def falling(campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms) -> LoadCount:
        if rows[0].ref != "B":
            raise RuntimeError("disk full")
        return await load_rows(campaign_id, rows, terms)

    monkeypatch.setattr(quick.book, "load_rows", falling)
    report = await quick.load(made.id, HEADER + row("B", "+12025559999") + new_rows(BATCH))
    assert (report.state, report.loaded, report.has_rejects) == (ImportState.FAILED, BATCH - 1, True)
    assert rejected(quick, report) == ["B,N "]


async def test_an_upload_whose_store_fails_is_over_and_says_so(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()

    async def fall(*_: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(quick.book, "load_rows", fall)
    report = await quick.load(made.id, EXAMPLE)
    assert (report.state, report.problem) == (ImportState.FAILED, "the upload broke off; the log says more")


async def away_for(quick: World, monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """Let the store take no batch for so many times; returns what the upload says at each."""
    monkeypatch.setattr(uploading, "AGAIN_S", 0.001)
    load_rows, told = quick.book.load_rows, list[str]()

    async def away(campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms) -> LoadCount:
        told.append(quick.desk.all()[0].problem)
        if len(told) <= times:
            raise BooksShut("no server")
        return await load_rows(campaign_id, rows, terms)

    monkeypatch.setattr(quick.book, "load_rows", away)
    return told


async def test_an_upload_outlives_a_database_that_is_away_for_a_while_and_says_that_it_waits(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()
    told = await away_for(quick, monkeypatch, 3)
    report = await quick.load(made.id, HEADER + new_rows(5))
    assert (report.state, report.rows, report.loaded, report.problem) == (ImportState.DONE, 5, 5, "")
    assert told == ["", *["waits for the database: no server"] * 3]


async def test_an_upload_gives_up_a_database_that_does_not_come_back_and_names_it(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()
    await away_for(quick, monkeypatch, 10**9)
    monkeypatch.setattr(uploading, "GIVE_UP_S", 0.05)
    report = await quick.load(made.id, HEADER + new_rows(5))
    assert (report.state, report.loaded) == (ImportState.FAILED, 0)
    assert "the database did not answer" in report.problem
    assert "(no server); what was loaded stays, and the same file again loads the rest" in report.problem


async def test_an_upload_that_waits_for_the_database_can_be_stopped(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()
    told = await away_for(quick, monkeypatch, 10**9)
    monkeypatch.setattr(uploading, "AGAIN_S", 3600.0)
    path = quick.desk.new_file()
    path.write_text(HEADER + new_rows(5), encoding="utf-8")
    begun = await quick.desk.start(made.id, path, "list.csv", ImportOrder(), "mona")
    async with asyncio.timeout(10):
        while not quick.desk.get(begun.id).problem:  # noqa: ASYNC110 - looks at plain state
            await asyncio.sleep(0.01)
        report = await quick.desk.cancel(begun.id)
    assert (report.state, report.problem) == (ImportState.CANCELLED, "stopped; what was loaded stays")
    assert told == [""]
