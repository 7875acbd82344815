"""Where an Asterisk comes from, tried with stand-in programs on PATH; no network, no root."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from service.pbx import engine, tree
from service.pbx.data_folder import DOCUMENTATION, data_folder
from service.pbx.engine import Engine, find_engine, image_tag
from service.pbx.errors import NoAsterisk
from service.pbx.installed import Installed, Unfit, find_installed, open_installed
from service.pbx.launch import LocalProcess, alone, environment, in_tree
from service.pbx.places import DOCKER, PACKAGES
from service.pbx.source import find_source, source_at_hand
from service.pbx.tree import (
    Tree,
    build_tree,
    machine_mirror,
    mmdebstrap_command,
    read_packages,
    ready_tree,
    tree_name,
)
from service.pbx.version import major, parse_version

Script = Callable[[str, str], Path]

HERE = {"Name": os.uname().nodename, "KernelVersion": os.uname().release, "SecurityOptions": ["name=seccomp"]}


def tells(**other: object) -> str:
    """A line of a stand-in engine that says of what machine it is: this one, but for what is ``other``."""
    return f"if [ \"$1\" = info ]; then echo '{json.dumps(HERE | other)}'; fi; "


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """A PATH that starts with stand-ins and holds nothing of Asterisk, Docker or apt."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    for needed in ("sh", "cat", "mkdir", "touch", "dirname", "rm", "sleep", "echo", "printf"):
        found = next(Path(place, needed) for place in ("/usr/bin", "/bin") if Path(place, needed).exists())
        (bin_dir / needed).symlink_to(found)
    monkeypatch.setenv("PATH", str(bin_dir))
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("service.pbx.installed.SBIN", str(bin_dir))
    monkeypatch.setattr("service.pbx.data_folder.PREFIXES", (tmp_path / "machine",))
    came_with(tmp_path / "share/asterisk")

    def write(name: str, text: str) -> Path:
        path = bin_dir / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return write


def came_with(folder: Path) -> Path:
    """Put what Asterisk does not start without into a folder."""
    documentation = folder / DOCUMENTATION
    documentation.parent.mkdir(parents=True)
    documentation.write_text("<docs/>")
    return folder


def elf(*strings: object) -> bytes:
    """Return a program with these strings in it, as far as one looks at it and does not run it."""
    return b"\x7fELF" + b"".join(b"\0%b\0" % str(one).encode() for one in strings)


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1\n", "22.10.1"),
        ("Asterisk 18.10.0~dfsg+~cs6.10.40431411-2", "18.10.0"),
        ("Asterisk 20.9.3", "20.9.3"),
        ("Asterisk certified-20.7-cert2", "20.7-cert2"),
        ("Asterisk certified/18.9-cert1", "18.9-cert1"),
        ("Asterisk 23.0.0-rc1", "23.0.0-rc1"),
        ("Asterisk GIT-22-22.10.1-3-g1a2b3c4M", "22"),
        ("Asterisk GIT-18-1a2b3c4", "18"),
        ("Asterisk GIT-master-abc123", None),
        ("bash: asterisk: not found", None),
        ("", None),
    ],
)
def test_versions_are_read_from_banners(banner: str, version: str | None) -> None:
    assert parse_version(banner) == version
    assert version is None or major(version) == int(version[:2])


def test_an_installed_asterisk_is_taken_when_it_is_new_enough(programs: Script, tmp_path: Path) -> None:
    assert find_installed() is None
    binary = programs("asterisk", "echo Asterisk 18.0.0")
    assert find_installed() == Installed(binary, "18.0.0", PurePosixPath(tmp_path / "share/asterisk"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("echo Asterisk 16.28.0~dfsg-0+deb11u4", "Asterisk 16.28.0 is too old, 18 or newer is needed"),
        ("echo not today >&2; exit 1", "tells no version of a release (-V): status 1, 'not today'"),
        (
            "echo Asterisk GIT-master-abc",
            "tells no version of a release (-V): status 0, 'Asterisk GIT-master-abc'",
        ),
        ("exit 3", "tells no version of a release (-V): status 3, 'nothing'"),
        ("exec sleep 60", "did not tell its version (-V) in 0.2 s"),
    ],
)
def test_an_asterisk_that_can_not_serve_is_passed_over_with_a_word(
    text: str, why: str, programs: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.pbx.installed.ASKED_S", 0.2 if "sleep" in text else 10.0)
    binary = programs("asterisk", text)
    assert find_installed() == Unfit(binary, why)
    stamped = tmp_path / "cache" / "trees" / tree_name(read_packages())
    stamped.mkdir(parents=True)
    (stamped / ".asterisk-version").write_text("22.2.0\n")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for look in (find_source, source_at_hand):
        said: list[str] = []
        assert look(None, said.append) == Tree(stamped, "22.2.0")
        assert said == [f"passed over {binary}: {why}"]
    with pytest.raises(NoAsterisk) as refused:
        find_source(binary)
    assert str(refused.value) == f"{binary}: {why}"


def test_another_place_is_looked_at_when_the_first_asterisk_can_not_serve(
    programs: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = programs("asterisk", "echo Asterisk 16.28.0")
    (tmp_path / "sbin").mkdir()
    monkeypatch.setattr("service.pbx.installed.SBIN", str(tmp_path / "sbin"))
    assert find_installed() == Unfit(old, "Asterisk 16.28.0 is too old, 18 or newer is needed")
    newer = tmp_path / "sbin" / "asterisk"
    newer.write_text("#!/bin/sh\necho Asterisk 22.1.0\n")
    newer.chmod(0o755)
    assert find_installed() == Installed(newer, "22.1.0", PurePosixPath(tmp_path / "share/asterisk"))


def test_the_data_of_a_self_built_asterisk_are_found_where_they_lie(programs: Script, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "share")
    binary = programs("asterisk", "echo Asterisk 22.1.0")
    nowhere = "Asterisk 22.1.0 without its data: documentation/core-en_US.xml is nowhere to be found"
    assert open_installed(binary) == Unfit(binary, nowhere)
    machine = tmp_path / "machine"
    usual = came_with(machine / "var/lib/asterisk")
    assert data_folder(binary) == usual
    told = machine / "etc/asterisk/asterisk.conf"
    told.parent.mkdir(parents=True)
    told.write_text(f"[directories](!)\nastdatadir => {tmp_path}/elsewhere ; moved\n")
    assert data_folder(binary) == usual  # a file may tell of what is not there
    by_file = came_with(tmp_path / "elsewhere")
    assert data_folder(binary) == by_file
    beside = came_with(tmp_path / "var/lib/asterisk")
    assert data_folder(binary) == beside
    built_in = came_with(tmp_path / "opt/asterisk")
    binary.write_bytes(elf("/etc/asterisk", built_in, "/var/log/asterisk", "%s/documentation/*.xml"))
    assert data_folder(binary) == built_in


def test_an_asterisk_that_was_built_without_documentation_needs_none(
    programs: Script, tmp_path: Path
) -> None:
    """By `./configure --disable-xmldoc`."""
    binary, data = programs("asterisk", ""), tmp_path / "opt/var/lib/asterisk"
    places = (tmp_path / "opt/etc/asterisk", data)
    for place in places:
        place.mkdir(parents=True)
    (data / "sounds").mkdir()
    binary.write_bytes(elf(*places))
    assert data_folder(binary) == data
    binary.write_bytes(elf(*places, "%s/documentation/*.xml"))
    assert data_folder(binary) == tmp_path / "share/asterisk"


def test_what_is_given_is_taken_or_refused_and_nothing_else_tried(programs: Script, tmp_path: Path) -> None:
    programs("asterisk", "echo Asterisk 22.1.0")
    given = programs("other", "echo Asterisk 20.1.0")
    assert find_source(given) == Installed(given, "20.1.0", PurePosixPath(tmp_path / "share/asterisk"))
    with pytest.raises(NoAsterisk, match="missing: cannot be started: No such file"):
        find_source(tmp_path / "missing")
    with pytest.raises(NoAsterisk, match="a directory, but no tree"):
        find_source(tmp_path)
    root = tmp_path / "tree"
    root.mkdir()
    (root / ".asterisk-version").write_text("22.2.0\n")
    assert find_source(root) == Tree(root, "22.2.0")


def test_installed_comes_before_docker_and_docker_before_the_tree(programs: Script, tmp_path: Path) -> None:
    programs("docker", tells() + 'if [ "$1" = run ]; then echo Asterisk 22.5.0; fi')
    stamped = tmp_path / "cache" / "trees" / tree_name(read_packages())
    stamped.mkdir(parents=True)
    (stamped / ".asterisk-version").write_text("22.2.0\n")
    programs("asterisk", "echo Asterisk 22.1.0")
    assert find_source().version == "22.1.0"
    (tmp_path / "bin" / "asterisk").unlink()
    assert find_source() == Engine(f"dialer-asterisk:{image_tag()}", "22.5.0")
    programs("docker", "exit 1")
    assert find_source() == Tree(stamped, "22.2.0")


def test_a_missing_image_is_built_and_a_failed_build_is_told(programs: Script, tmp_path: Path) -> None:
    log = tmp_path / "log"
    absent = tells() + f'echo "$*" >> {log}; if [ "$2" = inspect ]; then exit 1; fi; '
    programs("docker", absent + 'if [ "$1" = run ]; then echo Asterisk 22.5.0; fi')
    said: list[str] = []
    assert find_engine(said.append) is not None
    assert len(said) == 1
    build = next(line for line in log.read_text().splitlines() if line.startswith("build"))
    assert f"--network host --tag dialer-asterisk:{image_tag()}" in build
    assert build.endswith(f"--file {DOCKER}/asterisk.Dockerfile {DOCKER}")  # the folder is all that it gets
    programs("docker", absent + 'if [ "$1" = build ]; then echo no space left >&2; exit 1; fi')
    with pytest.raises(NoAsterisk, match="no space left"):
        find_engine(said.append)
    programs("docker", tells() + "exit 0")
    with pytest.raises(NoAsterisk, match="holds no Asterisk"):
        find_engine(said.append)


@pytest.mark.parametrize(
    "engine_says",
    [
        tells(Name="another"),
        tells(KernelVersion="0.1-of-a-virtual-machine"),
        tells(SecurityOptions=["name=seccomp", "name=rootless"]),
        tells(SecurityOptions=None, Name=None),
        "echo 'not what was asked for'; ",
        "echo '{}'; exit 1; ",
        "exit 0; ",
    ],
)
def test_an_engine_with_a_network_of_its_own_is_none(engine_says: str, programs: Script) -> None:
    """Its containers would see neither our loopback nor our directories."""
    programs("docker", engine_says + 'if [ "$1" = run ]; then echo Asterisk 22.5.0; fi')
    assert find_engine(lambda _: None) is None


def test_a_container_shows_the_directory_and_ends_when_our_end_closes(
    programs: Script, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    # A stand-in for the client: it lives as long as its input is open, like the container's guard.
    programs("docker", f'echo "$*" >> {calls}; if [ "$1" = run ]; then cat > /dev/null; fi')
    home = tmp_path / "home"
    home.mkdir()
    argv = ["asterisk", "-C", "/srv/instance/etc/asterisk.conf", "-f"]
    image = Engine("image:1", "22.5.0")
    command = image.command(home, {tmp_path: "/srv/more"}, ["sox", "--version"])
    assert command[-4:] == ["--entrypoint", "sox", "image:1", "--version"]
    assert f"{home}:/srv/instance" in command
    assert f"{tmp_path}:/srv/more" in command
    assert command[command.index("--network") + 1] == "host"
    container = image.launch(home, {}, argv, tmp_path / "log")
    try:
        while not (calls.exists() and "run --rm" in calls.read_text()):  # on a busy machine it comes late
            assert container.poll() is None
    finally:
        container.signal(signal.SIGTERM)
        container.reap_children()
        while container.poll() is None:
            pass
    run = next(line for line in calls.read_text().splitlines() if line.startswith("run"))
    assert f"--name {container.name} --entrypoint sh image:1 -c" in run
    assert f"kill --signal SIGTERM {container.name}\n" in calls.read_text()
    assert calls.read_text().endswith(f"rm --force {container.name}\n")


def test_a_container_that_is_killed_before_it_is_made_ends_when_it_is(
    programs: Script, tmp_path: Path
) -> None:
    programs("docker", 'if [ "$1" = kill ]; then exit 1; fi; if [ "$1" = run ]; then cat > /dev/null; fi')
    (tmp_path / "home").mkdir()
    container = Engine("image:1", "22.5.0").launch(tmp_path / "home", {}, ["asterisk"], tmp_path / "log")
    client = os.pidfd_open(container._process.pid)
    container.signal(signal.SIGTERM)
    assert container.poll() is None
    container.signal(signal.SIGKILL)
    assert wait_readable(client)
    assert container.poll() == 0
    os.close(client)


def test_the_engine_that_the_user_chose_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    assert environment()["DOCKER_CONFIG"] == "/home/ana/.docker"
    assert environment()["HOME"] != "/home/ana"
    monkeypatch.setenv("DOCKER_CONFIG", "/elsewhere")
    assert environment()["DOCKER_CONFIG"] == "/elsewhere"


def test_the_guard_ends_its_program_when_nobody_holds_its_input() -> None:
    with subprocess.Popen(["sh", "-c", engine._GUARD, "sh", "sleep", "60"], stdin=subprocess.PIPE) as guard:
        assert guard.poll() is None
        assert guard.stdin is not None
        guard.stdin.close()
        assert guard.wait(10) == 137


def test_the_guard_passes_a_polite_end_on_and_gives_the_status() -> None:
    polite = "trap 'exit 7' TERM; echo up; while :; do sleep 60 & wait $!; done"
    command = ["sh", "-c", engine._GUARD, "sh", "sh", "-c", polite]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as guard:
        assert guard.stdout is not None
        assert guard.stdout.readline() == "up\n"
        guard.terminate()
        assert guard.wait(10) == 7
        assert guard.stdin is not None
        guard.stdin.close()


def test_one_package_list_serves_image_and_tree() -> None:
    packages = read_packages()
    assert {"asterisk", "asterisk-modules", "python3", "espeak-ng", "sox"} <= set(packages)
    dockerfile = (DOCKER / "asterisk.Dockerfile").read_text()
    installs = [line for line in dockerfile.splitlines() if "apt-get install" in line]
    assert len(installs) == 1
    assert installs[0].split("--no-install-recommends")[1].strip() == "\\"  # no name beside the list
    assert "COPY packages.txt /usr/share/dialer/packages.txt" in dockerfile
    listed = subprocess.run(
        ["sh", "-c", f"sed 's/#.*//' {PACKAGES} | xargs echo"], capture_output=True, text=True, check=True
    )
    assert tuple(listed.stdout.split()) == packages
    command = mmdebstrap_command(Path("/x"), packages, "")
    assert f"--include={','.join(packages)}" in command
    assert f"FROM debian:{tree.SUITE}" in dockerfile


def test_a_changed_list_is_another_tree_and_order_is_none() -> None:
    assert tree_name(["a", "b"]) == tree_name(["b", "a"])
    assert len({tree_name(["a"]), tree_name(["a", "b"]), tree_name(["a"], suite="sid")}) == 3


def test_the_mirror_of_the_machine_is_found(programs: Script) -> None:
    assert machine_mirror() == ""
    programs("apt-get", "printf 'http://x.example/node Node\\nhttp://m.example/debian-security/ Debian\\n'")
    assert machine_mirror() == ""
    programs("apt-get", "printf 'http://x.example/node \\n\\nhttp://m.example/debian/ Debian\\n'")
    assert machine_mirror() == "http://m.example/debian"


def build_stage(programs: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: str) -> Path:
    """Stand-ins for all that a build runs; ``$root`` is the folder that is built. Returns the call log."""
    calls = tmp_path / "calls"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    programs("setpriv", 'while [ "$1" != mmdebstrap ]; do shift; done; exec "$@"')
    find_root = 'for each; do case "$each" in */building-*) root=$each ;; esac; done'
    programs("mmdebstrap", f'echo "$*" >> {calls}; {find_root}; {outcome}')
    programs("chroot", '[ -e "${0%/*}/broken" ] || echo Asterisk 22.7.0')
    return calls


def test_a_tree_is_built_once_and_then_ready(
    programs: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = build_stage(programs, tmp_path, monkeypatch, 'mkdir -p "$root/usr/sbin"')
    said: list[str] = []
    trees = tmp_path / "trees"
    trees.mkdir()
    (trees / "building-left").mkdir()
    assert ready_tree(trees) is None
    built = build_tree(said.append, trees)
    assert built == Tree(trees / tree_name(read_packages()), "22.7.0")
    assert build_tree(said.append, trees) == built
    assert len(calls.read_text().splitlines()) == 1
    assert len(said) == 2
    assert {path.name for path in trees.iterdir()} == {built.root.name, "build.lock", "build.log"}


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ('mkdir -p "$root"; echo E: no such package; exit 25', "no such package"),
        ('mkdir -p "$root"; echo broken > "${0%/*}/broken"', "does not start"),
    ],
)
def test_a_half_built_tree_is_never_left(
    outcome: str, told: str, programs: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_stage(programs, tmp_path, monkeypatch, outcome)
    trees = tmp_path / "trees"
    with pytest.raises(NoAsterisk, match=told):
        build_tree(lambda _: None, trees)
    assert ready_tree(trees) is None
    assert {path.name for path in trees.iterdir()} == {"build.lock", "build.log"}


def test_the_default_mirror_is_tried_when_the_machines_own_fails(
    programs: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = 'case "$*" in *m.example*) exit 1 ;; esac; mkdir -p "$root"'
    calls = build_stage(programs, tmp_path, monkeypatch, refuse)
    programs("apt-get", "printf 'http://m.example/debian Debian\\n'")
    assert build_tree(lambda _: None, tmp_path / "trees").version == "22.7.0"
    assert ["m.example" in call for call in calls.read_text().splitlines()] == [True, False]


def test_without_root_or_apt_it_says_what_to_do(programs: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoAsterisk, match=r"needs root.*run it as root, install an Asterisk of version 18"):
        find_source()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(NoAsterisk, match="without apt no way"):
        find_source()
    programs("apt-get", "echo unable to locate >&2; exit 100")
    with pytest.raises(NoAsterisk, match="unable to locate"):
        find_source()


def test_binds_stay_below_one_folder() -> None:
    for refused in ("/etc/asterisk", "/srv", "/srv/instance", "/srv/../etc", "relative"):
        with pytest.raises(ValueError, match="must lie below"):
            in_tree(Path("/tree"), Path("/home"), {Path("/x"): refused}, ["true"])
    command = in_tree(Path("/tree"), Path("/home"), {Path("/x"): "/srv/deep/x"}, ["true"])
    assert command[-4:] == ["1", "/x", "/srv/deep/x", "true"]


def test_a_program_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    starter = (
        "import sys; from pathlib import Path; from service.pbx.launch import LocalProcess, alone\n"
        "started = LocalProcess(alone(['sleep', '60']), Path(sys.argv[1]))\n"
        "print(started.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", starter, str(tmp_path / "log")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        watched = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
    assert wait_readable(watched)
    os.close(watched)


def test_a_parent_that_died_before_the_start_is_noticed() -> None:
    command = alone(["echo", "started"])
    command[command.index(str(os.getpid()))] = "1"  # as if the one that asked were another
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (70, b"")


def test_what_a_program_left_behind_is_seen_and_ended(tmp_path: Path) -> None:
    process = LocalProcess(alone(["sh", "-c", "sleep 60 & echo $!"]), tmp_path / "log")
    while process.poll() is None:
        pass
    child = os.pidfd_open(int((tmp_path / "log").read_text()))
    assert process.left_children()
    process.reap_children()
    assert wait_readable(child)
    os.close(child)


def wait_readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 10)[0])


@pytest.mark.usefixtures("programs")
def test_open_installed_survives_what_is_no_program(tmp_path: Path) -> None:
    assert open_installed(tmp_path) == Unfit(tmp_path, "cannot be started: Permission denied")
    missing = tmp_path / "missing"
    assert open_installed(missing) == Unfit(missing, "cannot be started: No such file or directory")
