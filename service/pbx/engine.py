"""Asterisk in containers of a Docker engine, from the image that ``docker/asterisk.Dockerfile`` makes.

The container shares the machine's network and ends with us: its first process watches its input, which the
engine closes when our client is gone. So the engine must run on this very machine, as root: another's, or a
rootless one, has a network of its own. Must not know Asterisk's files.
"""

# ruff: noqa: S603, S607 - starting programs is the work of this module

import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from service.pbx.breaking_off import run
from service.pbx.data_folder import DEBIAN
from service.pbx.errors import NoAsterisk
from service.pbx.launch import HOME, LocalProcess
from service.pbx.places import DOCKER, PACKAGES
from service.pbx.version import parse_version

_LABEL = "dialer.instance"
# The limit on open files is raised here, up to what the engine allows: an engine that is itself limited
# refuses to start a container that asks for more.
_GUARD = """
ulimit -S -n 32768 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"
exec 3<&0
child=; ending=
trap 'ending=1; [ -z "$child" ] || kill -TERM "$child"' TERM
"$@" </dev/null & child=$!
[ -z "$ending" ] || kill -TERM "$child"
(cat <&3 >/dev/null; kill -KILL "$child") &
while :; do
  wait "$child"; status=$?
  [ "$status" -gt 128 ] || break
  kill -0 "$child" 2>/dev/null && continue
  wait "$child" 2>/dev/null; last=$?  # our own signal broke the first wait off
  [ "$last" = 127 ] || status=$last
  break
done
exit "$status"
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """An image with Asterisk in a working Docker engine."""

    image: str
    version: str

    def describe(self) -> str:
        """Return one line for people: which Asterisk and where from."""
        return f"Asterisk {self.version} in Docker, image {self.image}"

    @property
    def data(self) -> PurePosixPath:
        """Where it sees the data that it came with."""
        return DEBIAN

    @property
    def program(self) -> str:
        """What starts Asterisk."""
        return "asterisk"

    def seen(self, home: Path) -> PurePosixPath:
        """Return where Asterisk sees an instance's directory ``home``."""
        return HOME

    def shows_binds(self) -> bool:
        """Whether host paths can be shown at other paths."""
        return True

    def command(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str]) -> list[str]:
        """Return the command that runs one program beside Asterisk, in a container of its own."""
        return [*self._run(home, binds), "--entrypoint", argv[0], self.image, *argv[1:]]

    def launch(self, home: Path, binds: Mapping[Path, str], argv: Sequence[str], log: Path) -> "Container":
        """Start Asterisk itself; its output is appended to ``log``."""
        name = f"dialer-{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
        # Left by an owner that was killed: the name is the directory's, and the directory is ours.
        _docker("rm", "--force", name)
        command = [*self._run(home, binds), "--interactive", "--name", name, *self._guarded(argv)]
        return Container(name, command, log)

    def _guarded(self, argv: Sequence[str]) -> list[str]:
        return ["--entrypoint", "sh", self.image, "-c", _GUARD, "sh", *argv]

    def _run(self, home: Path, binds: Mapping[Path, str]) -> list[str]:
        shown = {home: str(HOME), **binds}
        command = ["docker", "run", "--rm", "--network", "host", "--label", f"{_LABEL}={home}"]
        command += ["--user", f"{os.getuid()}:{os.getgid()}"]
        command += ["--volume", f"{home / 'hosts'}:/etc/hosts:ro"]
        for host, inside in shown.items():
            command += ["--volume", f"{host}:{inside}"]
        return command


class Container(LocalProcess):
    """Asterisk in a container; the local process is the engine's client, whose end ends the container."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        super().__init__(command, log, hold_stdin=True)
        self.name = name

    @property
    def pid(self) -> int:
        """The process id of Asterisk as this machine sees it."""
        listed = _docker("top", self.name, "-o", "pid,comm").stdout.splitlines()[1:]
        found = [line.split()[0] for line in listed if line.split()[1:] == ["asterisk"]]
        return int(found[0]) if found else super().pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the container's first process, which passes TERM on; KILL ends them all.

        One that the engine has not made yet takes no signal; but killed, it ends as soon as it begins.
        """
        if number == signal.SIGKILL:
            self.let_go()
        _docker("kill", "--signal", number.name, self.name)

    def left_children(self) -> bool:
        """Nothing outlives the first process of a container."""
        return False

    def reap_children(self) -> None:
        """Remove the container, whatever still runs in it."""
        _docker("rm", "--force", self.name)
        super().reap_children()


def engine_at_hand() -> Engine | None:
    """Return the image in a working engine of this machine; None without an engine, or not built yet."""
    if not engine_works() or _docker("image", "inspect", _image()).returncode != 0:
        return None
    return _opened(_image())


def engine_works() -> bool:
    """Whether an engine of this machine answers."""
    return shutil.which("docker") is not None and _shares_our_network()


def find_engine(say: Callable[[str], None], stop: threading.Event | None = None) -> Engine | None:
    """Return the image in a working engine of this machine, built if it is missing; None without an engine.

    Raises ``NoAsterisk`` when an engine works but the image cannot be built or holds no Asterisk, and
    ``BrokenOff`` when ``stop`` was set while it was built.
    """
    if not engine_works():
        return None
    image = _image()
    if _docker("image", "inspect", image).returncode != 0:
        say(f"building the image {image} (once; some minutes)")
        _build(image, stop or threading.Event())
    return _opened(image)


def _opened(image: str) -> Engine:
    """Return an image that is there; raises ``NoAsterisk`` when nothing starts in it."""
    version = parse_version(
        _docker("run", "--rm", "--network", "host", "--entrypoint", "asterisk", image, "-V").stdout
    )
    if version is None:
        raise NoAsterisk(f"the image {image} holds no Asterisk that starts")
    return Engine(image, version)


def _shares_our_network() -> bool:
    """Whether an engine answers whose containers see our loopback and our directories."""
    told = _docker("info", "--format", "{{json .}}")
    try:
        engine = json.loads(told.stdout) if told.returncode == 0 else {}
    except ValueError:
        return False
    ours = os.uname()
    here = (engine.get("Name"), engine.get("KernelVersion")) == (ours.nodename, ours.release)
    return here and "name=rootless" not in (engine.get("SecurityOptions") or ())


def _build(image: str, stop: threading.Event) -> None:
    # On the machine's own network, as everything that runs from the image: the engine may have no other.
    recipe = str(DOCKER / "asterisk.Dockerfile")
    command = ["docker", "build", "--network", "host", "--tag", image, "--file", recipe, str(DOCKER)]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        if run(command, said, stop) != 0:
            said.seek(0)
            raise NoAsterisk(f"docker build of {image} failed:\n{said.read()[-2000:]}")


def _image() -> str:
    return f"dialer-asterisk:{image_tag()}"


def image_tag() -> str:
    """Return the tag of the image: the hash of the Dockerfile and the package list."""
    told = (DOCKER / "asterisk.Dockerfile").read_bytes() + PACKAGES.read_bytes()
    return hashlib.sha256(told).hexdigest()[:12]


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
