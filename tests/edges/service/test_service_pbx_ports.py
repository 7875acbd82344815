"""Ports and directories: claimed once, given back, and taken from those who died."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.pbx.errors import NoCache, NoPorts
from service.pbx.places import cache_dir, is_held, try_lock
from service.pbx.ports import LOOPBACK, SIGNALLING, UNIT, Ports, lease_ports
from service.pbx.tree import build_tree
from service.pbx.workdir import sweep, workdir

FIRST, LAST = 6144, 10239
CLAIM = f"\0dialer-test-{os.getpid()}-{{}}"
LEASER = """
import sys
from service.pbx import ports
ports.FIRST, ports.LAST, ports.CLAIM = int(sys.argv[1]), int(sys.argv[2]), "\\0" + sys.argv[3]
for line in sys.stdin:
    with ports.lease_ports(2) as lease:
        print(lease.ports.ami, flush=True)
        sys.stdin.readline()
    print("released", flush=True)
"""
ROUNDS = 100
HOLDER = """
import sys
from pathlib import Path
from service.pbx.tree import build_tree
from service.pbx.workdir import workdir
with workdir(Path(sys.argv[1])) as home:
    (home / "etc").mkdir()
    print(home, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def quiet_range(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports that no real pair on this machine takes while these tests look, and claims of their own."""
    monkeypatch.setattr("service.pbx.ports.FIRST", FIRST)
    monkeypatch.setattr("service.pbx.ports.LAST", LAST)
    monkeypatch.setattr("service.pbx.ports.CLAIM", CLAIM)


def every_port(ports: Ports) -> set[int]:
    named = {ports.ami, ports.agi, ports.sip, ports.stub, ports.http, *ports.spare}
    return named | set(range(ports.rtp_first, ports.rtp_last + 1))


@pytest.mark.parametrize("rtp", [2, 200, 1000])
def test_a_lease_holds_what_was_asked_for(rtp: int) -> None:
    with lease_ports(rtp) as lease:
        ports = lease.ports
        assert ports.rtp_last - ports.rtp_first + 1 == rtp
        assert ports.rtp_first % 2 == 0
        assert len(every_port(ports)) == SIGNALLING + rtp
        assert min(every_port(ports)) >= FIRST
        assert max(every_port(ports)) <= LAST


def test_two_leases_share_no_port_and_a_released_one_comes_back() -> None:
    first, second = lease_ports(300), lease_ports(300)
    assert every_port(first.ports).isdisjoint(every_port(second.ports))
    first.release()
    first.release()
    with lease_ports(300) as third:
        assert third.ports == first.ports
    second.release()


class Leaser:
    """A process of its own, with a home and a cache of its own, that leases when it is told."""

    def __init__(self, home: Path, *user: str) -> None:
        home.mkdir()
        self._process = subprocess.Popen(
            [*user, sys.executable, "-c", LEASER, str(FIRST), str(LAST), CLAIM[1:]],
            env=os.environ | {"HOME": str(home), "DIALER_CACHE": str(home / "cache")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self) -> None:
        """Let it lease, or release what it has."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """Return its first port, or that it has released all."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def leasers(tmp_path: Path) -> Iterator[list[Leaser]]:
    started = [Leaser(tmp_path / str(number)) for number in range(4)]
    yield started
    for one in started:
        one.end()


def test_processes_with_other_homes_and_caches_never_share_a_port(leasers: list[Leaser]) -> None:
    for _ in range(ROUNDS):
        for one in leasers:  # all at once
            one.tell()
        first = [one.hear() for one in leasers]
        assert "" not in first
        assert len(set(first)) == len(leasers)
        for one in leasers:
            one.tell()
        assert {one.hear() for one in leasers} == {"released"}


def test_the_block_of_a_killed_process_is_free_again(leasers: list[Leaser]) -> None:
    leasers[0].tell()
    had = leasers[0].hear()
    leasers[0].end()
    with lease_ports(2) as lease:
        assert lease.ports.ami == int(had)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
@pytest.mark.parametrize("offset", [0, SIGNALLING, SIGNALLING + 99])
def test_a_block_with_a_port_in_use_is_passed_over(kind: socket.SocketKind, offset: int) -> None:
    with lease_ports(100) as lease:
        first = lease.ports.ami
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((LOOPBACK, first + offset))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        with lease_ports(100) as lease:
            assert lease.ports.ami >= first + UNIT


def test_without_a_free_block_it_says_so() -> None:
    held = [lease_ports(100) for _ in range(FIRST, LAST, UNIT)]
    with pytest.raises(NoPorts, match="no block of"):
        lease_ports(100)
    for lease in held:
        lease.release()


@pytest.mark.parametrize("rtp", [0, 1, 9000])
def test_a_senseless_number_of_media_ports_is_refused(rtp: int) -> None:
    with pytest.raises(NoPorts, match="2 to 8192"):
        lease_ports(rtp)


def test_a_lock_is_held_by_one_and_not_inherited(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "one.lock"
    held = try_lock(path)
    assert held is not None
    assert try_lock(path) is None
    with subprocess.Popen(["cat"], stdin=-1, stdout=-1, close_fds=False) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"it runs\n")
        child.stdin.flush()
        assert child.stdout.readline()
        os.close(held)
        again = try_lock(path)
        assert again is not None
        os.close(again)
        child.kill()


def test_a_lock_on_a_file_that_was_removed_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.lock"
    opened = os.open

    def open_and_lose(*arguments: object, **options: object) -> int:
        descriptor = opened(*arguments, **options)  # type: ignore[arg-type]
        path.unlink()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_lose)
    assert try_lock(path) is None


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    assert cache_dir() == tmp_path / "own"
    monkeypatch.delenv("DIALER_CACHE")
    assert cache_dir() == tmp_path / "shared" / "dialer"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path / ".cache" / "dialer"


def test_a_directory_is_private_and_goes_with_its_owner(tmp_path: Path) -> None:
    with workdir(tmp_path) as home:
        (home / "secret").write_text("kept")
        assert home.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), workdir(tmp_path) as home:
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_the_directory_of_a_killed_owner_is_swept_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        home = Path(owner.stdout.readline().strip())
        assert sweep(tmp_path) == []
        assert home.is_dir()
        owner.kill()
        owner.wait()
        assert home.is_dir()
        assert sweep(tmp_path) == [home]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uses", [lambda: workdir().__enter__(), lambda: build_tree(print)])
def test_a_cache_that_cannot_be_made_is_told_with_what_to_do(
    uses: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "file"))
    with pytest.raises(
        NoCache, match=f"{tmp_path}/file/.*: cannot be made: Not a directory; set DIALER_CACHE"
    ):
        uses()


def test_a_cache_that_cannot_be_written_to_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(NoCache, match="run: cannot be written to; set DIALER_CACHE"), workdir():
        pass


def test_a_lock_that_is_held_is_seen_without_taking_it(tmp_path: Path) -> None:
    file = tmp_path / "x.lock"
    assert not is_held(file)
    assert not file.exists()
    lock = try_lock(file)
    assert lock is not None
    assert is_held(file)
    os.close(lock)
    assert not is_held(file)
