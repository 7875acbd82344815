"""Long steps that are broken off: they end soon, and with them all that they started."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from service.pbx import source
from service.pbx.breaking_off import kill_inside, locked, run
from service.pbx.errors import BrokenOff
from service.pbx.launch import with_own_mounts
from service.pbx.places import try_lock
from service.pbx.source import find_source_apart

ROOT = os.geteuid() == 0
SOON_S = 10.0  # on a busy machine; seconds less where nothing else runs
FENCE = ["unshare", "--pid", "--fork", "--kill-child=KILL"]


def below(pid: int) -> list[Path]:
    """Everything that a process has started, as folders of /proc."""
    tables = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for table in tables for child in table.read_text().split()]
    return [one for child in found for one in (Path(f"/proc/{child}"), *below(child))]


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


def test_a_program_that_is_let_run_tells_its_status_and_says_all(
    tmp_path: Path, stop: threading.Event
) -> None:
    with (tmp_path / "said").open("w+b") as said:
        assert run(["sh", "-c", "echo out; echo err >&2; exit 3"], said, stop) == 3
    assert (tmp_path / "said").read_text() == "out\nerr\n"


def test_one_that_is_broken_off_is_asked_to_end_and_waited_for(tmp_path: Path, stop: threading.Event) -> None:
    polite = "trap 'sleep 0.3; echo done; exit 0' INT; echo up; while :; do sleep 0.05; done"
    log = tmp_path / "said"

    def break_off() -> None:
        while not log.exists() or "up" not in log.read_text():
            time.sleep(0.01)
        stop.set()

    waiting = threading.Thread(target=break_off)
    with log.open("w+b") as said:
        waiting.start()
        with pytest.raises(BrokenOff, match="sh was broken off"):
            run(["sh", "-c", polite], said, stop)
        waiting.join()
    assert log.read_text() == "up\ndone\n"


def test_one_that_takes_too_long_is_ended(stop: threading.Event) -> None:
    with pytest.raises(subprocess.TimeoutExpired), open(os.devnull, "wb") as nowhere:
        run(["sleep", "60"], nowhere, stop, limit_s=0.1, end=kill_inside)


@pytest.mark.skipif(not ROOT, reason="only root may make a process namespace")
def test_all_that_runs_in_a_namespace_is_gone_when_it_is_broken_off(
    tmp_path: Path, stop: threading.Event
) -> None:
    os.mkfifo(tmp_path / "held")
    # Deaf to what is polite, two deep, and both hold the pipe: it ends when nobody is left who does.
    deaf = f"exec 3>{tmp_path}/held; trap '' INT TERM; sleep 60 & echo up >&3; wait"
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    started: list[Path] = []

    def break_off() -> None:
        select.select([held], [], [])
        started.extend(below(os.getpid()))
        stop.set()

    waiting = threading.Thread(target=break_off)
    waiting.start()
    with (tmp_path / "said").open("w+b") as said, pytest.raises(BrokenOff):
        run(with_own_mounts([*FENCE, "sh", "-c", deaf]), said, stop, end=kill_inside)
    waiting.join()
    assert os.read(held, 9) == b"up\n"
    assert os.read(held, 9) == b""  # would block if anybody lived
    assert len(started) == 3
    assert not [process for process in started if process.exists()]  # nor is one left for others to gather in
    os.close(held)


def test_who_waits_for_a_lock_gets_it(tmp_path: Path, stop: threading.Event) -> None:
    held = try_lock(tmp_path / "build.lock")
    assert held is not None
    threading.Timer(0.2, os.close, [held]).start()
    with locked(tmp_path / "build.lock", stop):
        assert try_lock(tmp_path / "build.lock") is None


def test_who_waits_for_a_lock_may_break_off(tmp_path: Path, stop: threading.Event) -> None:
    lock = tmp_path / "build.lock"
    with locked(lock, stop):
        stop.set()
        with pytest.raises(BrokenOff, match=f"waiting for {lock} was broken off"), locked(lock, stop):
            pass


BUILD = """
import sys
from service import demo_run, terminal
from service.pbx import source
source.find_installed = source.find_engine = lambda *_: None
terminal.run(demo_run.run_demo(None, headless=True, as_json=False, picture=None))
"""


@pytest.mark.skipif(not ROOT, reason="only root unpacks")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_unpacking_that_is_told_to_stop_leaves_nothing(how: signal.Signals, tmp_path: Path) -> None:
    unpacks = (
        'for each; do case "$each" in */building-*) root=$each ;; esac; done; mkdir -p "$root/usr"; sleep 60'
    )
    (tmp_path / "mmdebstrap").write_text(f"#!/bin/sh\n{unpacks}\n")
    (tmp_path / "mmdebstrap").chmod(0o755)
    trees = tmp_path / "cache" / "trees"
    own = {"DIALER_CACHE": str(tmp_path / "cache"), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with subprocess.Popen(
        [sys.executable, "-c", BUILD], env=os.environ | own, stdout=subprocess.PIPE, text=True
    ) as demo:
        try:
            while not list(trees.glob("building-*/usr")):
                assert demo.poll() is None
                time.sleep(0.05)
            began = time.monotonic()
            demo.send_signal(how)
            said = demo.communicate(timeout=30)[0]
            assert time.monotonic() - began < SOON_S
        finally:
            demo.kill()
    assert "broken off" in said
    assert {path.name for path in trees.iterdir()} == {"build.lock", "build.log"}


async def test_a_search_that_is_cancelled_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def search(given: Path | None, say: object, stop: threading.Event) -> None:
        begun.set()
        if stop.wait(30):
            ended.set()

    monkeypatch.setattr(source, "find_source", search)
    searching = asyncio.create_task(find_source_apart())
    await asyncio.to_thread(begun.wait)
    searching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await searching
    assert await asyncio.to_thread(ended.wait, 10)
