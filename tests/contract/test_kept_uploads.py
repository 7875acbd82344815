"""Uploads after a restart of the service, past their age, and after a person or a list of theirs is gone."""

import asyncio
import csv
import errno
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from halting_reader import HaltingReader
from import_cases import FAULTY, HEADER, NOW, World, counts, new_rows, row

from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.kept_uploads import RECORD, KeptUpload
from campaigns.desk.reading import BATCH
from campaigns.desk.traces import Traces
from campaigns.desk.uploads import ImportOrder, ImportReport, ImportState
from campaigns.errors import NotFound

ANN = Traces.of(("C-17", "Ann Lee-Jones"), ("+12025550123",))


def again(
    world: World, reader: InlineReader | None = None, owner: str = "", later: timedelta | None = None
) -> World:
    """The desk of the next run of the service, over the same book and folder."""
    return World(
        world.spool, reader or InlineReader(), book=world.book, owner=owner, now=NOW + (later or timedelta())
    )


def lines_of(world: World, report: ImportReport) -> list[list[str]]:
    text = world.desk.rejects(report.id).read_text(encoding="utf-8-sig")
    return list(csv.reader(text.splitlines()))


async def under_way(world: World, campaign_id: int, content: str, dry_run: bool = False) -> ImportReport:
    """An upload of which one batch is loaded."""
    assert isinstance(world.reader, HaltingReader)
    path = world.desk.new_file()
    path.write_text(content, encoding="utf-8")
    begun = await world.desk.start(campaign_id, path, "list.csv", ImportOrder(dry_run=dry_run), "mona")
    await asyncio.wait_for(world.reader.reached.wait(), 10)
    async with asyncio.timeout(10):
        while not world.desk.get(begun.id).rows:  # noqa: ASYNC110 - a condition with a deadline
            await asyncio.sleep(0)
    return begun


@pytest.fixture
async def halting(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "uploads", HaltingReader())
    yield made
    await made.desk.close()


async def test_a_report_and_its_reject_file_survive_a_restart(quick: World) -> None:
    made = await quick.campaign()
    reports = [await quick.load(made.id, FAULTY)]
    quick.moment += timedelta(seconds=1)
    reports.append(await quick.load(made.id, HEADER + row("C-99", "+12025550199"), dry_run=True))
    rejected = lines_of(quick, reports[0])
    await quick.desk.close()
    after = again(quick)
    assert after.desk.all() == reports[::-1]
    assert after.desk.get(reports[0].id) == await after.desk.wait(reports[0].id) == reports[0]
    assert lines_of(after, reports[0]) == rejected
    assert await after.desk.cancel(reports[0].id) == reports[0]
    with pytest.raises(NotFound, match="no reject file"):
        after.desk.rejects(reports[1].id)


async def test_what_is_kept_is_its_owners_alone_on_the_disk_and_among_services(quick: World) -> None:
    made = await quick.campaign()
    await quick.load(made.id, FAULTY)
    assert {stat.S_IMODE(file.stat().st_mode) for file in quick.spool.iterdir()} == {0o600}
    other = again(quick, owner="another database")
    assert other.desk.all() == []
    assert await other.desk.expire() == 0
    assert len(again(quick).desk.all()) == 1


async def test_an_upload_that_a_crash_cut_off_says_what_had_been_loaded(halting: World) -> None:
    made = await halting.campaign()
    content = HEADER + row("C-x", "none") + new_rows(BATCH * 3)
    begun = await under_way(halting, made.id, content)
    listed = [file for file in halting.spool.iterdir() if file.suffix == ""]
    assert len(listed) == 1
    after = again(halting)  # nobody has told the first one to stop
    cut = after.desk.get(begun.id)
    assert (cut.state, counts(cut)) == (ImportState.CUT_OFF, (BATCH, BATCH - 1, 0, 0, 0, 1))
    assert cut.problem.startswith("cut off when the service stopped; what was loaded stays")
    assert cut.ended_at is not None
    assert abs(cut.ended_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert not listed[0].exists()
    with pytest.raises(NotFound, match="no reject file"):
        after.desk.rejects(begun.id)
    assert [file.name.removeprefix(listed[0].name) for file in halting.spool.iterdir()] == [RECORD]
    whole = await after.load(made.id, content)
    assert counts(whole) == (BATCH * 3 + 1, BATCH * 2 + 1, 0, BATCH - 1, 0, 1)
    assert len(lines_of(after, whole)) == 2
    assert again(halting).desk.get(begun.id) == cut


async def test_an_upload_that_a_stop_cut_off_says_so_too(halting: World) -> None:
    made = await halting.campaign()
    content = HEADER + row("C-x", "none") + new_rows(BATCH)
    begun = await under_way(halting, made.id, content)
    await halting.desk.close()
    cut = again(halting).desk.get(begun.id)
    assert (cut.state, cut.loaded, cut.has_rejects) == (ImportState.CUT_OFF, BATCH - 1, False)
    assert cut == halting.desk.get(begun.id)


async def test_a_record_that_broke_in_the_middle_of_a_line_is_read_up_to_there(quick: World) -> None:
    made = await quick.campaign()
    report = await quick.load(made.id, FAULTY)
    (record,) = quick.spool.glob(f"*{RECORD}")
    with record.open("a") as file:
        file.write('\n{"rows": 9')
    assert again(quick).desk.get(report.id) == report
    begun = record.read_text().splitlines()[1]
    record.write_text(f'\n{begun}\n{{"mapping": {{}}')  # and where a line was torn off, others follow
    for _ in range(2):
        assert again(quick).desk.get(report.id).state is ImportState.CUT_OFF
    record.write_text("\n{")
    assert again(quick).desk.all() == []


async def test_uploads_are_forgotten_when_their_days_are_over(quick: World) -> None:
    made = await quick.campaign()
    report = await quick.load(made.id, FAULTY)
    assert await quick.desk.expire() == 0
    young = again(quick, later=timedelta(days=6, hours=23))
    assert await young.desk.expire() == 0
    assert young.desk.get(report.id) == report
    young.moment = NOW + timedelta(days=7)
    assert await young.desk.expire() == 1
    with pytest.raises(NotFound):
        young.desk.get(report.id)
    assert os.listdir(quick.spool) == []


async def test_uploads_whose_days_are_over_are_gone_at_the_start(quick: World) -> None:
    made = await quick.campaign()
    await quick.load(made.id, FAULTY)
    assert again(quick, later=timedelta(days=7)).desk.all() == []
    assert os.listdir(quick.spool) == []


async def test_uploads_go_with_their_list(quick: World) -> None:
    made = await quick.campaign()
    other = await quick.load(made.id, FAULTY, list_name="other")
    await quick.load(made.id, FAULTY)
    await quick.desk.forget_list(made.id, "main")
    assert quick.desk.all() == [other]
    await quick.desk.forget_list(made.id + 1, "other")
    assert again(quick).desk.all() == [other]
    assert len(os.listdir(quick.spool)) == 2


HIS = HEADER + (
    row("C-1", "none")
    + "C-2,Bob,(202) 555-0123x9,Oil,2026-11-20\n"
    + "c-17,Bob,none,Oil,2026-11-20\n"
    + '"=C-4",Ann  LEE-JONES,none,Oil,2026-11-20\n'
    + "C-5,=Cem,none,Oil,2026-11-20,Ann Lee-Jones\n"
    + "C-6,Dan,none,Oil\n"
    + "C-17,Ann Lee-Jones,+12025550123,Oil,2026-11-20\n"
)


async def test_rows_of_an_erased_person_are_in_no_reject_file_and_no_report(quick: World) -> None:
    made = await quick.campaign()
    report = await quick.load(made.id, HIS)
    assert counts(report) == (7, 1, 0, 0, 0, 6)
    before = lines_of(quick, report)
    await quick.desk.erase(ANN)
    for world in (quick, again(quick)):
        left = world.desk.get(report.id)
        assert counts(left) == counts(report)
        assert {fault.place.partition(",")[0] for fault in left.faults} == {"row 1", "row 6"}
        assert lines_of(world, report) == [before[0], before[1], before[6]]
    assert world.desk.rejects(report.id).read_bytes().startswith(b"\xef\xbb\xbf")
    written = b"".join(file.read_bytes() for file in quick.spool.iterdir()).lower()
    assert not any(word in written for word in (b"ann", b"5550123", b"c-17", b"555-0123"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in quick.spool.iterdir()} == {0o600}


async def test_a_row_that_says_whose_number_it_has_goes_with_him(quick: World) -> None:
    made = await quick.campaign()
    report = await quick.load(made.id, HEADER + row("C-17", "+12025550777") + row("C-8", "+12025550777"))
    assert "'C-17' in row 1" in str(report.faults)
    await quick.desk.erase(Traces.of(("C-17",), ()))
    assert (quick.desk.get(report.id).faults, quick.desk.get(report.id).has_rejects) == ((), False)


async def test_a_reject_file_with_nobody_else_in_it_goes(quick: World) -> None:
    made = await quick.campaign()
    report = await quick.load(made.id, HEADER + row("C-17", "none"))
    await quick.desk.erase(ANN)
    assert not quick.desk.get(report.id).has_rejects
    assert not again(quick).desk.get(report.id).has_rejects
    assert [file.name.endswith(RECORD) for file in quick.spool.iterdir()] == [True]


async def test_a_reject_file_that_nobody_can_search_goes_as_a_whole(quick: World) -> None:
    made = await quick.campaign()
    report = await quick.load(made.id, FAULTY)
    with quick.desk.rejects(report.id).open("a") as file:
        file.write('"' + "x" * csv.field_size_limit() + "x")
    await quick.desk.erase(ANN)
    assert not quick.desk.get(report.id).has_rejects
    assert len(os.listdir(quick.spool)) == 1


async def test_who_is_found_by_a_saved_mapping_goes_too(quick: World) -> None:
    made = await quick.campaign()
    strange = HIS.replace("ref,name,", "Kunde,Wer,", 1)
    columns = {"ref": "Kunde", "name": "Wer"}
    report = await quick.load(made.id, strange, columns=columns)
    await again(quick).desk.erase(ANN)
    assert [line[0] for line in lines_of(quick, report)[1:]] == ["C-1", "C-6"]


async def test_somebody_who_is_erased_during_an_upload_is_not_in_what_is_left_of_it(halting: World) -> None:
    made = await halting.campaign()
    rows = "".join(row(f"C-{n + 100}", f"+1202555{n + 1000:04d}") for n in range(BATCH))
    begun = await under_way(halting, made.id, HIS + rows + row("C-17", "none") + row("C-9", "none"))
    await halting.desk.erase(ANN)
    assert {fault.place for fault in halting.desk.get(begun.id).faults if ANN.in_text(fault.problem)} == set()
    assert isinstance(halting.reader, HaltingReader)
    halting.reader.gate.set()
    report = await halting.desk.wait(begun.id)
    assert report.state is ImportState.DONE
    assert [line[0] for line in lines_of(halting, report)[1:]] == ["C-1", "C-6", "C-9"]
    assert again(halting).desk.get(begun.id) == replace(report)


async def test_an_upload_whose_files_cannot_be_searched_leaves_nobody_and_is_over(
    halting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when the reject file is to be written anew without the person."""
    made = await halting.campaign()
    begun = await under_way(halting, made.id, HIS + new_rows(BATCH))
    await halting.desk.erase(ANN)
    assert isinstance(halting.reader, HaltingReader)

    def no_space(upload: KeptUpload, traces: Traces) -> ImportReport:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(halting.desk._shelf, "erase", no_space)
    halting.reader.gate.set()
    report = await halting.desk.wait(begun.id)
    assert (report.state, report.problem, report.faults) == (
        ImportState.FAILED, "the upload broke off; the log says more", (),
    )  # fmt: skip
    assert not report.has_rejects
    assert not halting.desk.is_loading(made.id)
    assert again(halting).desk.get(begun.id) == report
    assert [file.name.endswith(RECORD) for file in halting.spool.iterdir()] == [True]


async def test_a_dry_run_that_was_stopped_or_cut_off_claims_nothing_loaded(halting: World) -> None:
    made = await halting.campaign()
    stopped, cut = [await under_way(halting, made.id, HEADER + new_rows(1), dry_run=True) for _ in range(2)]
    assert (await halting.desk.cancel(stopped.id)).problem == "stopped"
    await halting.desk.close()
    report = again(halting).desk.get(cut.id)
    assert report.state is ImportState.CUT_OFF
    assert report.problem == (
        "cut off when the service stopped; it was a dry run, and nothing was loaded: send the same file again"
    )
