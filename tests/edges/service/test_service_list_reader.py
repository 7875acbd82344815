"""The child process that reads lists: it ends with its list, at its parent's wish, or alone."""

import asyncio
import io
import os
import resource
import zipfile
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from broken_files import mutated
from plain_cases import plain_campaign

from campaigns.desk.imports import ImportDesk
from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.kept_uploads import RECORD
from campaigns.desk.reading import BATCH, ReadBatch, ReadJob
from campaigns.desk.uploads import ImportOrder, ImportState
from campaigns.errors import InvalidInput
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook
from service import list_reader
from service.list_reader import ProcessReader
from service.list_tasks import Limits

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
CAMPAIGN = plain_campaign(id=1)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the processes that were started."""
    started: list[int] = []
    start = list_reader._Child.start

    def watched(child: list_reader._Child) -> None:
        start(child)
        started.append(child._process.pid)

    monkeypatch.setattr(list_reader._Child, "start", watched)
    return started


def job(folder: Path, content: bytes) -> ReadJob:
    path = folder / "upload"
    path.write_bytes(content)
    return ReadJob(path, folder / "rejects.csv", CAMPAIGN, ("ref", "phone"), {}, None, NOON)


async def read(reading: ReadJob) -> list[ReadBatch]:
    return [batch async for batch in ProcessReader().read(reading)]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def rows(count: int) -> bytes:
    return b"ref,phone\n" + b"".join(b"C-%d,+34612%06d\n" % (n, n) for n in range(count))


async def test_a_list_comes_in_batches_and_nothing_stays(tmp_path: Path, children: list[int]) -> None:
    batches = await read(job(tmp_path, rows(2 * BATCH + 1)))
    assert [len(batch.rows) for batch in batches] == [BATCH, BATCH, 1]
    assert batches[-1].share == 1.0
    assert batches[0].rows[0].number == "+34612000000"
    assert os.listdir(tmp_path) == ["upload"]
    assert gone(children[0])


async def test_whoever_stops_listening_ends_the_child(tmp_path: Path, children: list[int]) -> None:
    reading = ProcessReader().read(job(tmp_path, rows(200 * BATCH)))
    assert len((await anext(reading)).rows) == BATCH
    await reading.aclose()
    assert gone(children[0])
    assert os.listdir(tmp_path) == ["upload"]


async def test_a_cancelled_reader_ends_the_child(tmp_path: Path, children: list[int]) -> None:
    reached = asyncio.Event()

    async def listen() -> None:
        async with aclosing(ProcessReader().read(job(tmp_path, rows(200 * BATCH)))) as batches:
            async for _ in batches:
                reached.set()
                await asyncio.Event().wait()

    task = asyncio.create_task(listen())
    await asyncio.wait_for(reached.wait(), 20)
    task.cancel()
    await asyncio.wait([task])
    assert gone(children[0])


async def test_a_spoiled_file_is_told_as_it_is_in_this_process(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await read(job(tmp_path, b"1,2\n3,4\n"))
    assert [str(fault)[:13] for fault in refusal.value.faults] == ["header: no he"]


async def test_a_child_that_dies_spoils_its_list_and_nothing_else(
    tmp_path: Path, children: list[int]
) -> None:
    reading = ProcessReader().read(job(tmp_path, rows(400 * BATCH)))
    await anext(reading)
    os.kill(children[0], 9)
    with pytest.raises(InvalidInput, match="was not read to its end: the system had too little memory"):
        async for _ in reading:
            pass
    assert gone(children[0])
    assert len(await read(job(tmp_path, rows(3)))) == 1


NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TIGHT = Limits(memory_bytes=300 * 1024**2)


def workbook(rows: bytes, shared: bytes = b"") -> bytes:
    """A workbook with these rows and these shared strings, whatever they do to whoever reads it."""
    book, out, made = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active is not None
    book.active.append(["ref", "phone"])
    book.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"</sheetData>", rows + b"</sheetData>")
            new.writestr(name, data)
        new.writestr("xl/sharedStrings.xml", b"<sst " + NAMESPACE + b"><si><t>" + shared + b"</t></si></sst>")
    return made.getvalue()


def one_long_text_in_every_column() -> bytes:
    """Small in the file, half a gigabyte of text in a single row."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    columns = [a + b + c for a in ("", *letters[:23]) for b in ("", *letters) for c in letters if not a or b]
    cells = "".join(
        f'<c r="{name}2" t="s"><v>0</v></c>' for name in columns if len(name) < 3 or name <= "XFD"
    )
    return workbook(f'<row r="2">{cells}</row>'.encode(), os.urandom(16_000).hex().encode())


def a_cell_in_the_last_corner() -> bytes:
    """Two cells, and a sheet of seventeen thousand million between them."""
    return workbook(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


BOMBS = [one_long_text_in_every_column, a_cell_in_the_last_corner]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
async def test_a_workbook_made_to_exhaust_memory_ends_the_child_alone(
    tmp_path: Path, children: list[int], bomb: Callable[[], bytes]
) -> None:
    reader, content = ProcessReader(TIGHT), bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    words = "file: needs more than 300 MB of memory to read: split the list, or save it as CSV in UTF-8"
    with pytest.raises(InvalidInput, match=words):
        await anext(reader.read(job(tmp_path, content)))
    with pytest.raises(InvalidInput, match="needs more than 300 MB"):
        await reader.preview(job(tmp_path, content))
    with pytest.raises(InvalidInput, match="needs more than 300 MB"):
        await anext(reader.numbers(job(tmp_path, content).path, None))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024, "this process paid for it"
    assert all(map(gone, children))
    assert os.listdir(tmp_path) == ["upload"]
    assert len([batch async for batch in reader.read(job(tmp_path, rows(3)))]) == 1


@pytest.mark.timeout(600)  # a gigabyte is filled: seconds, or minutes where others take the processor
async def test_the_bound_that_the_service_sets_holds_for_the_worst_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUST_BACKTRACE", "1")
    with pytest.raises(InvalidInput, match="needs more than 1024 MB"):
        await read(job(tmp_path, one_long_text_in_every_column()))
    said = capsys.readouterr().out
    assert "list reader died" in said
    assert "stack backtrace" not in said


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
async def test_of_a_workbook_that_ends_its_reader_nothing_is_loaded(
    tmp_path: Path, bomb: Callable[[], bytes]
) -> None:
    book = MemoryBook()
    made = await book.add_campaign(CAMPAIGN)
    lists = MemoryListBook(book)
    desk = ImportDesk(book, lists, ProcessReader(TIGHT), {}, lambda: NOON, tmp_path / "uploads")
    path = desk.new_file()
    path.write_bytes(bomb())
    begun = await desk.start(made.id, path, "list.xlsx", ImportOrder(), "mona")
    with pytest.raises(InvalidInput, match="needs more than 300 MB"):
        await desk.wait(begun.id)
    report = desk.get(begun.id)
    assert (report.state, report.rows, report.has_rejects) == (ImportState.FAILED, 0, False)
    assert "needs more than 300 MB" in report.problem
    assert (book.lead_rows, book.customer_rows, book.list_rows) == ({}, {}, {})
    assert os.listdir(tmp_path / "uploads") == [path.name + RECORD]


async def test_a_file_that_takes_too_long_ends_the_child_and_says_so(
    tmp_path: Path, children: list[int]
) -> None:
    reading = ProcessReader(Limits(cpu_s=1)).read(job(tmp_path, rows(4_000 * BATCH)))
    with pytest.raises(InvalidInput, match="takes more than 1 s to read: split the list"):
        async for _ in reading:
            pass
    assert gone(children[0])
    assert os.listdir(tmp_path) == ["upload"]


async def test_a_preview_from_the_child_is_what_it_is_in_this_process(tmp_path: Path) -> None:
    content = b"ref,phone,name\nC-1,+34612345678,Jos\xc3\xa9\nC-2,x,\nC-3,+34612345679\n"
    for more in (b"", b"C-4,+34612345670,M\xff\n" * 3):
        shown = await ProcessReader().preview(job(tmp_path, content + more))
        assert shown == await InlineReader().preview(job(tmp_path, content + more))
        assert shown.rows[0].number == "+34612345678"
        assert shown.rows[1].faults


async def test_numbers_from_the_child_are_what_they_are_in_this_process(tmp_path: Path) -> None:
    content = "Имя,phone\nИван,612345678\n,x\n,+34612345679\n".encode("cp1251")
    reading = job(tmp_path, content)
    for region in ("ES", None):
        found = [batch async for batch in ProcessReader().numbers(reading.path, region, "cp1251")]
        there = [batch async for batch in InlineReader().numbers(reading.path, region, "cp1251")]
        assert [batch._replace(faults=list(batch.faults)) for batch in found] == there
    assert sum(len(batch.numbers) for batch in found) == 1


async def test_rows_left_out_when_loading_are_named_by_the_child(tmp_path: Path) -> None:
    reading = job(tmp_path, rows(3))
    await ProcessReader().reject(reading, {2: "is somebody else's"})
    assert reading.rejects.read_text("utf-8-sig").splitlines() == [
        "ref,phone,_row,_fault",
        "C-1,'+34612000001,2,is somebody else's",
    ]


async def test_long_rows_come_in_short_batches(tmp_path: Path) -> None:
    names = [f"extra{n}" for n in range(50)]
    cells = ",".join(["x" * 2_000] * 50)
    content = ",".join(["ref", "phone", *names]) + "\n"
    content += "".join(f"C-{n},+34612{n:06},{cells}\n" for n in range(20))
    batches = await read(job(tmp_path, content.encode()))
    assert [len(batch.rows) for batch in batches] == [5, 5, 5, 5]


async def test_a_workbook_with_bytes_of_its_parts_changed_is_read_or_refused(tmp_path: Path) -> None:
    """In a child process, as the service does: a changed place may need more memory than there is."""
    refused = []
    for seed in range(8):
        try:
            batches = await read(job(tmp_path, mutated(seed)))
        except InvalidInput as refusal:
            refused.append(str(refusal))
        else:
            assert sum(len(batch.rows) + batch.faulty + batch.duplicate for batch in batches) > 0
    assert 0 < len(refused) < 8
    assert not [words for words in refused if "is broken, or needs" in words]
