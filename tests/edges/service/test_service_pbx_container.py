"""What is laid out for an Asterisk in a container of its own, and whether the files in ``docker/`` agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from service.cli import app
from service.doctor.files import kept_private
from service.pbx.container import main as lay_out_for_container
from service.pbx.launch import PRIORITY
from service.pbx.places import CHECKOUT, DOCKER
from service.settings_file import parse_settings

CONFIG = Path("/srv/config")
COMPOSE = yaml.safe_load((DOCKER / "compose.yml").read_text())["services"]
SERVICE, ASTERISK = (DOCKER / "Dockerfile").read_text(), (DOCKER / "asterisk.Dockerfile").read_text()


def let_in(ignore: Path) -> set[str]:
    """What an ignore file lets into a build, which keeps all else out."""
    lines = [line for line in ignore.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def copied(dockerfile: str) -> set[str]:
    """The sources that a Dockerfile copies."""
    return set(re.findall(r"^COPY (\S+) \S+$", dockerfile, re.MULTILINE))


def test_a_container_of_its_own_finds_everything_laid_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "instance"
    text = (DOCKER / "settings.example.toml").read_text()
    (tmp_path / "settings.toml").write_text(text.replace("/srv/", f"{tmp_path}/"))
    assert lay_out_for_container([str(tmp_path / "settings.toml")]) == 0
    assert capsys.readouterr().out == f"{home}\n"
    assert f"astetcdir => {home}/etc\n" in (home / "etc" / "asterisk.conf").read_text()
    assert (
        f"DIALER_PROMPTS = {home}/prompts\n" in (home / "etc" / "generated" / "extensions.conf").read_text()
    )
    (tmp_path / "settings.toml").write_text("[pbx]\nsip_prot = 5060\n")
    assert lay_out_for_container([str(tmp_path / "settings.toml")]) == 1
    assert "pbx.sip_prot: there is no such setting" in capsys.readouterr().err


def test_compose_starts_what_exists_where_the_settings_put_it() -> None:
    settings = parse_settings((DOCKER / "settings.example.toml").read_text(), CONFIG, {})
    assert str(settings.path(settings.pbx.directory)) == "/srv/instance"
    assert settings.pbx.managed is False
    for name, service in COMPOSE.items():
        build = service["build"]
        assert (DOCKER / build["context"] / build["dockerfile"]).is_file(), name
        assert "instance:/srv/instance" in service["volumes"], name
        assert service["network_mode"] == build["network"] == "host", name
    assert COMPOSE["provision"]["entrypoint"] == ["python", "-m", "service.pbx.container"]
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert COMPOSE["service"]["command"][0] in commands
    assert 'CMD ["-C", "/srv/instance/etc/asterisk.conf", "-f", "-p"]' in ASTERISK


def test_both_are_granted_to_go_first_and_asterisk_does() -> None:
    """The service takes its lower priority by itself."""
    grants = {name: COMPOSE[name]["ulimits"]["rtprio"] for name in ("asterisk", "service")}
    assert set(grants.values()) == {f"${{DIALER_RTPRIO:-{PRIORITY}}}"}
    assert f"chrt --rr --pid {PRIORITY} $$" in ASTERISK


def test_what_the_service_writes_lies_on_a_volume() -> None:
    """Elsewhere in a container its user may not write, and what he wrote would be gone with it."""
    settings = parse_settings((DOCKER / "settings.example.toml").read_text(), CONFIG, {})
    mounts = [volume.split(":") for volume in COMPOSE["service"]["volumes"] if volume[0] != "$"]
    writable = [Path(place) for _, place, *how in mounts if how != ["ro"]]
    written = [*kept_private(settings), settings.path(settings.pbx.directory)]
    assert len(written) > 5
    for path in written:
        assert any(path.is_relative_to(place) for place in writable), path
    cache = re.search(r"DIALER_CACHE=(\S+)", SERVICE)
    assert cache is not None
    assert any(Path(cache[1]).is_relative_to(place) for place in writable)


def test_the_settings_are_where_the_image_looks_for_them() -> None:
    mounted = next(volume for volume in COMPOSE["service"]["volumes"] if volume.startswith("${DIALER_CONFIG"))
    assert mounted.endswith(f":{CONFIG}:ro")
    assert f"DIALER_SETTINGS={CONFIG}/settings.toml" in SERVICE


def test_every_variable_of_compose_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DOCKER / "compose.yml").read_text()))
    told = set(re.findall(r"^#? ?([A-Z_]+)=", (DOCKER / "env.example").read_text(), re.MULTILINE))
    assert asked | {"COMPOSE_PROJECT_NAME"} == told


def test_both_images_run_as_the_same_user() -> None:
    """He alone may read what the other one writes."""
    users = {re.search(r"^USER (\S+)$", text, re.MULTILINE)[1] for text in (SERVICE, ASTERISK)}  # type: ignore[index]
    assert users == {"1000:1000"}
    assert "useradd --uid 1000 " in SERVICE
    assert all("install -d -o 1000 -g 1000 /srv/instance" in text for text in (SERVICE, ASTERISK))


def test_builds_get_what_they_need_and_no_more() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    rooms = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    needed = rooms | {"asterisk", "docker/packages.txt", "requirements/run.txt"}
    assert let_in(CHECKOUT / ".dockerignore") == needed
    assert copied(SERVICE) - {"."} <= needed
    assert let_in(DOCKER / ".dockerignore") == copied(ASTERISK) == {"packages.txt"}
    # Only some builders read an ignore file that belongs to one Dockerfile; the others would send everything.
    assert not list(DOCKER.glob("*Dockerfile.dockerignore"))
