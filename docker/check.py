"""``make docker-check``: tries what needs a Docker engine, and fails where none works.

Runs the demo on Asterisks in containers, then an installation by compose.yml: examined by ``dialer doctor``,
its service killed and back, stopped in order, removed with its volumes. Prints what took how long. Knows
docker and compose; calls are the demo's and the tests' to try.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from service.pbx.engine import find_engine
from service.pbx.places import CHECKOUT, DOCKER
from service.pbx.ports import Ports, lease_ports

IMAGES: Final = {"dialer-service": "dialer-check-service", "dialer-asterisk": "dialer-check-asterisk"}
"""Images of compose.yml, and what they are called here: an installation on this machine keeps its own."""

START_S: Final = 120.0
"""How long the service may take to be up, with all prompts to be spoken on a busy machine."""

CRASH: Final = (
    "import os; mine = {'1', str(os.getpid())}; "
    "[os.kill(int(pid), 9) for pid in os.listdir('/proc') if pid.isdigit() and pid not in mine]"
)
"""Kills all in a container but its first process, which then ends."""

LINES: Final = """
[[trunks]]
name = "nowhere"
host = "127.0.0.1"

[[agents]]
id = "agent-101"
contact = "sip:agent-101@127.0.0.1"
"""


def main() -> None:
    """Try all of it; the first thing that is wrong ends it, with exit status 1."""
    if (source := find_engine(print)) is None:
        sys.exit("docker-check: no Docker engine of this machine answers, or only a rootless one")
    print(source.describe())
    compose = composer()
    with timed("demo"):
        demo()
    with timed("both images"):
        build("dialer-service", DOCKER / "Dockerfile", CHECKOUT)
        build("dialer-asterisk", DOCKER / "asterisk.Dockerfile", DOCKER)
    with tempfile.TemporaryDirectory() as scratch, lease_ports() as lease:
        folder = Path(scratch) / "docker"
        install(folder, lease.ports)

        def run(*arguments: str) -> str:
            return told([*compose, *arguments], folder)

        try:
            examine(run, lease.ports)
        except BaseException:
            print(run("logs", "--tail", "40"))
            raise
        finally:
            run("down", "--volumes", "--timeout", "20")
    print("docker-check: all is well")


def demo() -> None:
    """Run the demo, which takes the engine found; votes must come, and no container stay."""
    dialer = str(Path(sys.executable).with_name("dialer"))
    figures = json.loads(told([dialer, "demo", "--headless", "--json"]).splitlines()[-1])
    if not sum(figures["votes"].values()):
        sys.exit(f"docker-check: the demo took no votes: {figures}")


def build(image: str, recipe: Path, context: Path) -> None:
    """Build an image as its Dockerfile's first lines say."""
    told(
        ["docker", "build", "--network", "host", "--tag", IMAGES[image], "--file", str(recipe), str(context)]
    )


def install(folder: Path, ports: Ports) -> None:
    """Make an installation from the examples, as README.md says, on ports that are free."""
    (folder / "config").mkdir(parents=True)
    compose = (DOCKER / "compose.yml").read_text()
    for image, ours in IMAGES.items():
        compose = compose.replace(f"image: {image}\n", f"image: {ours}\n")
    (folder / "compose.yml").write_text(compose)
    variables = (DOCKER / "env.example").read_text()
    variables = variables.replace("PROJECT_NAME=dialer\n", f"PROJECT_NAME=dialer-check-{os.getpid()}\n")
    if "DIALER_RTPRIO" in os.environ:
        variables += f"DIALER_RTPRIO={os.environ['DIALER_RTPRIO']}\n"
    (folder / ".env").write_text(variables)
    settings = (DOCKER / "settings.example.toml").read_text()
    settings = settings.replace('""', '"+12025550100"')  # the company's name and numbers
    pbx = f"sip_port = {ports.sip}\nami_port = {ports.ami}\nagi_port = {ports.agi}\n"
    pbx += f"rtp_first = {ports.rtp_first}\nrtp_last = {ports.rtp_last}\n"
    settings = settings.replace("[pbx]\n", f"[pbx]\n{pbx}").replace(
        "[http]\n", f"[http]\nport = {ports.http}\n"
    )
    (folder / "config" / "settings.toml").write_text(settings + LINES)


def examine(run: Callable[..., str], ports: Ports) -> None:
    """Start the installation, have the doctor look, kill the service, stop it all."""
    with timed("start"):
        run("up", "--detach", "--no-build")
        wait_healthy(ports)
    print(run("exec", "-T", "service", "dialer", "doctor"))
    with timed("killed, and up again"):
        run("exec", "-T", "service", "python", "-c", CRASH)
        wait_healthy(ports)
    with timed("stop"):
        run("stop")
    if "service stopped" not in run("logs", "service"):
        sys.exit("docker-check: the service did not stop in order")


def wait_healthy(ports: Ports) -> None:
    """Wait until every part of the service is well."""
    deadline = time.monotonic() + START_S
    why: object = ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{ports.http}/health", timeout=5):
                return
        except urllib.error.HTTPError as answer:
            why = answer.read()
        except OSError as fault:
            why = fault
        time.sleep(0.2)
    sys.exit(f"docker-check: not up after {START_S:g} s: {why!r}")


def composer() -> list[str]:
    """Return what runs compose files here: the engine's own plugin, or the older program."""
    plugin = ["docker", "compose"]
    if subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0:
        return plugin
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    sys.exit("docker-check: neither `docker compose` nor `docker-compose` is there")


def told(command: list[str], folder: Path = CHECKOUT) -> str:
    """Run a command and return what it printed; one that fails ends all, with what it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        sys.exit(f"docker-check: {' '.join(command)}: exit status {done.returncode}\n{said}")
    return done.stdout


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long what is inside took."""
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
