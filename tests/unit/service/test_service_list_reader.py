"""The child process that reads lists: it ends with its list, at its parent's wish, or alone."""

import asyncio
import io
import os
import zipfile
from contextlib import aclosing
from datetime import UTC, datetime, time
from pathlib import Path

import openpyxl
import pytest

from campaigns.desk.reading import BATCH, ReadBatch, ReadJob
from campaigns.errors import InvalidInput
from campaigns.model import Campaign, CampaignStatus, HoursWindow, Purpose
from service import list_reader
from service.list_reader import ProcessReader

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
CAMPAIGN = Campaign(
    1, "Revisit", "revisit", "1", Purpose.SERVICE, CampaignStatus.RUNNING, "Acme", "", "", "revisit",
    tuple(HoursWindow(day, time(0), time(0)) for day in range(7)), {}, 3, None, 25, 2, 30, 10, 5, NOON,
)  # fmt: skip


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the processes that were started."""
    started: list[int] = []
    start = list_reader._start

    def watched(*given: object) -> object:
        child = start(*given)  # type: ignore[arg-type]
        started.append(child.pid)
        return child

    monkeypatch.setattr(list_reader, "_start", watched)
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
    with pytest.raises(InvalidInput, match="needs too much memory, or it is broken"):
        async for _ in reading:
            pass
    assert gone(children[0])
    assert len(await read(job(tmp_path, rows(3)))) == 1


async def test_a_workbook_made_to_exhaust_memory_ends_the_child_alone(tmp_path: Path) -> None:
    """A hundred thousand cells that share one long text: small in the file, gigabytes as text."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["ref", "phone"])
    book.save(out)
    cell = b'<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>0</v></c>'
    grown = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(grown, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                row = b"<row>" + cell + b"</row>"
                data = data.replace(b"</sheetData>", row * 60_000 + b"</sheetData>")
            if name.endswith("sharedStrings.xml"):
                data = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
                data += os.urandom(16_000).hex().encode() + b"</t></si></sst>"
            new.writestr(name, data)
    with pytest.raises(InvalidInput):
        await read(job(tmp_path, grown.getvalue()))
