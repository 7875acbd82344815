"""The folder of uploads: cleared by the first service in it, of what is ours by name, and of nothing else."""

import asyncio
import os
import signal
import sys
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from plain_cases import plain_campaign

from campaigns.desk.kept_uploads import RECORD, REJECTS
from campaigns.desk.reading import BATCH, ReadJob
from campaigns.desk.retention import RetentionDesk
from campaigns.desk.uploads import ImportOrder, ImportState
from campaigns.private_files import private_replacement
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from service.clock import SystemClock
from service.errors import CannotStart
from service.list_desks import ListDesks, list_desks
from service.list_reader import ProcessReader
from service.settings_file import parse_settings
from service.upload_folder import UploadFolder
from store.opening import Store, open_store

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
CAMPAIGN = plain_campaign(created_at=NOW)
HERE = Path(__file__).parent
KEEP = timedelta(days=7)
OTHERS = ("upload-", "upload-mine.csv", "upload-0123456789abcdef.csv", "seen-list.xlsx", "notes.txt")


def left_behind(folder: Path) -> set[str]:
    """Leave in a folder what a service that is killed while it loads a list leaves there."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {"upload-c44a0123456789ab", "upload-c44a0123456789ab.rejects.csv"}
    for name in names:
        (folder / name).write_text("ref,name,phone\nC-1,Ann Lee,+12025550123\n")
    seen = folder / "seen-a_0bcd12"
    seen.mkdir()
    (seen / "seen.db").write_bytes(b"Ann Lee")
    return names | {seen.name}


async def test_what_a_killed_service_left_is_gone_and_nothing_else_is(tmp_path: Path) -> None:
    left_behind(tmp_path)
    for name in OTHERS:
        (tmp_path / name).touch()
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    left_behind(elsewhere)
    (tmp_path / "seen-11111111").symlink_to(elsewhere)
    folder = UploadFolder(tmp_path, KEEP)
    assert set(os.listdir(tmp_path)) == {*OTHERS, "seen-11111111"}
    assert len(os.listdir(elsewhere)) == 3
    await folder.close()


async def test_a_file_that_was_being_written_anew_is_gone_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {f"upload-c44a0123456789ab{kept}" for kept in (REJECTS, RECORD)}
    with monkeypatch.context() as killed:  # nothing is put in its place, and nobody takes it away
        killed.setattr(os, "replace", lambda beside, place: None)
        for name in names:
            (tmp_path / name).write_text("{}")
            with private_replacement(tmp_path / name) as fresh:
                fresh.write(b"C-1,Ann Lee,+12025550123")
    assert len(os.listdir(tmp_path)) == 4
    (tmp_path / ".upload-notes.csv.abcdefgh").touch()
    await UploadFolder(tmp_path, KEEP).close()
    assert set(os.listdir(tmp_path)) == {*names, ".upload-notes.csv.abcdefgh"}


async def test_what_another_service_is_reading_stays_until_it_has_gone(tmp_path: Path) -> None:
    first = UploadFolder(tmp_path, KEEP)
    names = left_behind(tmp_path)
    second = UploadFolder(tmp_path, KEEP)
    await first.close()
    third = UploadFolder(tmp_path, KEEP)  # the second one is still there
    assert set(os.listdir(tmp_path)) == names
    await second.close()
    await third.close()
    await UploadFolder(tmp_path, KEEP).close()
    assert os.listdir(tmp_path) == []


async def test_a_file_that_cannot_be_deleted_keeps_no_service_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(tmp_path)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name.endswith(".csv"):
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    await UploadFolder(tmp_path, KEEP).close()
    assert os.listdir(tmp_path) == ["upload-c44a0123456789ab.rejects.csv"]


async def test_reject_files_that_are_remembered_stay_until_they_are_too_old(tmp_path: Path) -> None:
    """Another service's, which may share the folder and is not there now, too."""
    names = left_behind(tmp_path)
    rejects = next(name for name in names if name.endswith(REJECTS))
    record = rejects.removesuffix(REJECTS) + RECORD
    (tmp_path / record).write_text("{}")
    await UploadFolder(tmp_path, KEEP).close()
    assert set(os.listdir(tmp_path)) == {rejects, record}
    old = time.time() - KEEP.total_seconds() - 60
    os.utime(tmp_path / record, (old, old))
    await UploadFolder(tmp_path, KEEP).close()
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="uploads: no directory"):
        UploadFolder(tmp_path / "file", KEEP)


async def open_desks(home: Path) -> tuple[ListDesks, Store, Path]:
    """Build the desks as the service does; returns the folder of uploads as well."""
    settings = parse_settings("", home, {})
    store = await open_store(f"sqlite:///{home / 'dialer.db'}")
    retention = RetentionDesk(store.retention_book, RulesInForce(RuleBook({})), lambda: NOW)
    made = list_desks(settings, store, {}, SystemClock(), retention, lambda: None, lambda: None, "ours")
    return made, store, settings.path(settings.uploads)


async def test_all_names_that_a_service_gives_while_it_reads_are_known(tmp_path: Path) -> None:
    """Taken from a list half read, with its reject file and the reading process's folder."""
    made, store, uploads = await open_desks(tmp_path)
    path = made.imports.new_file()
    path.write_text("ref,phone\n" + "C-1,+12025550123\nC-2,x\n" * 50_000)
    rejects = path.with_name(f"{path.name}.rejects.csv")
    job = ReadJob(path, rejects, CAMPAIGN, ("ref", "phone"), {}, None, NOW)
    async with aclosing(ProcessReader().read(job)) as batches:
        await anext(batches)
        names = os.listdir(uploads)
        assert len(names) == 3
        await made.folder.close()
        other = tmp_path / "copy"
        for name in names:
            part = other / name
            part.parent.mkdir(exist_ok=True)
            part.mkdir() if (uploads / name).is_dir() else part.touch()
    await UploadFolder(other, KEEP).close()
    assert os.listdir(other) == []
    await store.close()


async def test_the_service_clears_its_folder_when_its_desks_are_built(tmp_path: Path) -> None:
    left_behind(tmp_path / "var" / "uploads")
    made, store, uploads = await open_desks(tmp_path)
    assert os.listdir(uploads) == []
    await made.folder.close()
    await store.close()


async def test_an_upload_that_a_kill_cut_off_says_what_is_in_the_book(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "upload_crash.py"),
        str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{HERE.parents[2]}:{HERE.parents[1]}"},
    )
    assert program.stdout is not None
    told = 0
    while told < 4 * BATCH:
        told = int(await asyncio.wait_for(program.stdout.readline(), 60))
    program.send_signal(signal.SIGKILL)
    await program.communicate()

    made, store, uploads = await open_desks(tmp_path)
    (cut,) = made.imports.all()
    (listed,) = await store.list_book.lists(cut.campaign_id)
    leads = sum(listed.leads.values())
    assert cut.state is ImportState.CUT_OFF
    assert told <= cut.loaded <= leads <= cut.loaded + BATCH, "more than a batch is missing"
    assert (cut.rows, cut.faulty, cut.has_rejects) == (cut.loaded + 1, 1, False)
    assert [entry.name for entry in uploads.iterdir() if not entry.name.endswith(RECORD)] == []

    path = made.imports.new_file()
    path.write_text("ref,phone\nC-x,none\n" + "".join(f"C-{n},+1202555{n:04d}\n" for n in range(leads + 9)))
    begun = await made.imports.start(cut.campaign_id, path, "list.csv", ImportOrder(), "mona")
    whole = await made.imports.wait(begun.id)
    assert (whole.loaded, whole.unchanged, whole.faulty, whole.has_rejects) == (9, leads, 1, True)
    await made.imports.close()
    await made.folder.close()
    await store.close()
