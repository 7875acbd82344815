"""One running Asterisk with a directory of its own: laid out, started, asked, stopped, killed, started again.

Knows where Asterisk keeps what, and when it is ready. Must not know what it is configured for: the
configuration comes as a folder plus generated files.
"""

import asyncio
import atexit
import os
import re
import signal
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from service.pbx.control import ask
from service.pbx.errors import HOW_TO_HAVE_MODULES, CommandFailed, NoProgram, PbxError, StartFailed
from service.pbx.launch import Running, environment, first
from service.pbx.layout import lay_out, make_folders
from service.pbx.places import FENCE, is_held, try_lock
from service.pbx.source import Source

_POLL_S = 0.02
_SCRIPTS_S = 2.0
_REQUIRED = re.compile(r"Failed to load module (\S+) - Required|Required module (\S+) declined to load")
_NOT_FOUND = 127  # what sh, chroot and docker end with alike
_running: "weakref.WeakSet[Instance]" = weakref.WeakSet()


class Instance:
    """An Asterisk in ``directory`` (made if missing), configured by a copy of ``conf_dir``.

    ``generated`` are files by name below ``etc/generated``, readable by the owner alone. ``binds`` shows host
    paths to Asterisk at paths below ``/srv``; an installed Asterisk sees host paths anyway. ``fenced`` keeps
    it from opening sockets beyond its addresses, which must be IPv4's. One that ``goes_first`` runs before
    all ordinary work where the machine allows it, as under Debian's own unit: else each step from an answer
    to the bridge, and each packet of sound, waits in line behind whatever else runs. Nothing here is bound to
    one event loop. It ends with the thread that started it, and at exit of the process.
    """

    def __init__(
        self,
        source: Source,
        directory: Path,
        conf_dir: Path,
        generated: Mapping[str, str],
        binds: Mapping[Path, str] | None = None,
        *,
        fenced: bool = False,
        goes_first: bool = False,
    ) -> None:
        self.source = source
        self.directory = directory.absolute()
        self._conf_dir = conf_dir
        self._generated = dict(generated)
        self._binds = {host.absolute(): inside for host, inside in (binds or {}).items()}
        self._fenced = fenced
        self._goes_first = goes_first
        self._process: Running | None = None
        self._lock: int | None = None
        self._pid = 0
        self._logged: Mapping[Path, int] = {}

    @property
    def running(self) -> bool:
        """Whether Asterisk's process lives."""
        return self._process is not None and self._process.poll() is None

    def runs_somewhere(self) -> bool:
        """Whether one runs in this directory, started by whatever process."""
        return is_held(self._lock_file)

    @property
    def pid(self) -> int:
        """The process id of Asterisk itself. Raises ``PbxError`` when it does not run."""
        if not self.running:
            raise PbxError(f"the Asterisk in {self.directory} does not run")
        return self._pid

    async def start(self, timeout_s: float = 20.0) -> None:
        """Start Asterisk and return when it has fully booted.

        After ``kill`` or ``stop`` the same directory is used again, AstDB included. Raises ``StartFailed``
        with the end of its log; then nothing is left running. Raises ``PbxError`` when one runs here already,
        started by whomever: two would share AstDB, and the second would take the first one's control socket.
        """
        if self.running:
            raise PbxError(f"the Asterisk in {self.directory} runs already")
        self._lock = try_lock(self._lock_file)
        if self._lock is None:
            raise PbxError(f"the Asterisk in {self.directory} runs already, started by another process")
        try:
            await self._launch(timeout_s)
        except BaseException:
            self._unlock()
            raise

    async def _launch(self, timeout_s: float) -> None:
        self.lay_out()
        self._socket.unlink(missing_ok=True)
        self._logged = {log: log.stat().st_size for log in self._logs if log.is_file()}
        home = self.source.seen(self.directory)
        argv = [self.source.program, "-C", f"{home}/etc/asterisk.conf", "-f"]
        if self._fenced:
            argv = ["python3", f"{home}/{FENCE.name}", *argv]
        if self._goes_first:
            argv = first([*argv, "-p"])
        self._process = self.source.launch(self.directory, self._binds, argv, self._output)
        _running.add(self)
        try:
            await self._wait_booted(timeout_s)
            # It goes on without one that it requires when an optional one further down is missing, too.
            if lacking := self._lacking():
                raise StartFailed(f"{lacking}\n{self.log_tail()}")
            self._pid = self._process.pid
        except BaseException:
            await self.stop(timeout_s=0)
            raise

    def lay_out(self) -> None:
        """Make or renew the directory, without starting; ``start`` does this by itself."""
        seen = self.source.seen(self.directory)
        lay_out(self.directory, seen, self._conf_dir, self._generated, self.source.data)

    async def stop(self, timeout_s: float = 5.0) -> None:
        """End Asterisk and all it started; killed when it has not gone after ``timeout_s``.

        Safe to call twice, and on an instance that never ran.
        """
        process = self._process
        if process is None:
            self._unlock()
            return
        if timeout_s > 0 and process.poll() is None:
            process.signal(signal.SIGTERM)
            await self._wait_gone(process, timeout_s)
        if process.poll() is None:
            process.signal(signal.SIGKILL)
            await self._wait_gone(process, 10.0)
        # A script that keeps a vote gets the moment it needs for that.
        await self._wait_until(lambda: not process.left_children(), min(timeout_s, _SCRIPTS_S))
        process.reap_children()
        self._process = None
        _running.discard(self)
        self._unlock()

    async def kill(self) -> None:
        """End Asterisk as a crash would: SIGKILL to it alone. ``start`` brings it back."""
        if self._process is not None and self._process.poll() is None:
            self._process.signal(signal.SIGKILL)
            await self._wait_gone(self._process, 10.0)
        self._process = None
        _running.discard(self)
        self._unlock()

    async def command(self, text: str, timeout_s: float = 10.0) -> str:
        """Run a console command (``core show channels``) and return what it printed.

        Raises ``CommandFailed`` when Asterisk does not answer; what the command itself says is in the text.
        """
        return (await ask(self._socket, text, timeout_s)).text

    def inside(self, path: Path) -> str:
        """Return how Asterisk sees a host path below the instance's directory or below a bind.

        Raises ``ValueError`` for a path that it can not see.
        """
        wanted = path.absolute()
        home = self.source.seen(self.directory)
        shown: dict[Path, PurePosixPath] = {self.directory: home}
        if self.source.shows_binds():
            shown |= {host: PurePosixPath(inside) for host, inside in self._binds.items()}
        else:
            shown |= {host: PurePosixPath(host) for host in self._binds}
        for host, seen in shown.items():
            if wanted.is_relative_to(host):
                return str(seen / wanted.relative_to(host))
        raise ValueError(f"{path}: Asterisk sees only {', '.join(map(str, shown))}")

    async def run(self, argv: Sequence[str], timeout_s: float = 60.0) -> str:
        """Run a program beside Asterisk (``espeak-ng``, ``sox``, ``python3``); return what it printed.

        Paths in ``argv`` are as ``inside`` gives them. Asterisk need not run. Raises ``NoProgram`` when
        the program is missing, ``CommandFailed`` when it fails or takes longer than ``timeout_s``.
        """
        make_folders(self.directory)
        command = self.source.command(self.directory, self._binds, argv)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env=environment(),
        )
        try:
            async with asyncio.timeout(timeout_s):
                printed, complaints = await process.communicate()
        except TimeoutError:
            raise CommandFailed(f"{argv[0]}: not done after {timeout_s} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == _NOT_FOUND:
            raise NoProgram(f"{argv[0]} is not installed")
        if process.returncode != 0:
            said = complaints.decode(errors="replace").strip()[-1000:]
            raise CommandFailed(f"{argv[0]}: exit status {process.returncode}: {said}")
        return printed.decode(errors="replace")

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines of what Asterisk printed and logged since its last start."""
        parts = []
        for log in self._logs:
            if log.is_file():
                parts += [f"{log.name}:", *(f"  {line}" for line in self._said(log).splitlines()[-lines:])]
        return "\n".join(parts)

    def _said(self, log: Path) -> str:
        """Return what a log has of the last start."""
        with log.open("rb") as file:
            file.seek(self._logged.get(log, 0))
            return file.read().decode(errors="replace")

    def _lacking(self) -> str:
        """Say which modules it did not start without, and what to do; empty when that was not why."""
        said = self._said(self._output) if self._output.is_file() else ""
        lacking = ", ".join(dict.fromkeys(found[1] or found[2] for found in _REQUIRED.finditer(said)))
        if not lacking:
            return ""
        return f"{self.source.describe()} cannot load what calls need: {lacking}; {HOW_TO_HAVE_MODULES}"

    @property
    def _logs(self) -> Sequence[Path]:
        return self._output, self.directory / "log" / "messages"

    @property
    def _lock_file(self) -> Path:
        return self.directory / ".running"

    @property
    def _socket(self) -> Path:
        return self.directory / "run" / "asterisk.ctl"

    @property
    def _output(self) -> Path:
        return self.directory / "log" / "output"

    async def _wait_booted(self, timeout_s: float) -> None:
        process = self._process
        assert process is not None
        deadline = asyncio.get_running_loop().time() + timeout_s
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            if (status := process.poll()) is not None:
                raise StartFailed(
                    f"{self._lacking() or f'Asterisk ended with status {status}'}\n{self.log_tail()}"
                )
            try:
                # It says so a moment before its own console commands are there; this was seen to come late.
                booted = "fully booted" in await self.command("core waitfullybooted", left)
                if booted and "No such" not in await self.command("core show settings", left):
                    return
            except CommandFailed:
                pass
            await asyncio.sleep(_POLL_S)
        raise StartFailed(f"Asterisk was not ready after {timeout_s} s\n{self.log_tail()}")

    async def _wait_gone(self, process: Running, timeout_s: float) -> None:
        await self._wait_until(lambda: process.poll() is not None, timeout_s)

    @staticmethod
    async def _wait_until(true: Callable[[], bool], timeout_s: float) -> None:
        deadline = asyncio.get_running_loop().time() + timeout_s
        # A pipe or child watcher would tie the process to one event loop; asking it does not.
        while not true() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _end_now(self) -> None:
        """Kill without an event loop: the way out when the process exits in disorder."""
        process, self._process = self._process, None
        if process is not None:
            process.signal(signal.SIGKILL)
            process.reap_children()


@atexit.register
def _end_all() -> None:
    for instance in list(_running):
        instance._end_now()
