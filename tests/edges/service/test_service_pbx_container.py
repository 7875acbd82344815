"""Containers: the directory laid out for an Asterisk in one of its own, and what compose starts where."""

from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from service.cli import app
from service.pbx.container import main as lay_out_for_container
from service.pbx.places import CHECKOUT, DOCKER
from service.settings import load_settings


def test_a_container_of_its_own_finds_everything_laid_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "instance"
    text = (DOCKER / "settings.example.toml").read_text()
    (tmp_path / "settings.toml").write_text(text.replace("/srv/", f"{tmp_path}/"))
    assert lay_out_for_container([str(tmp_path / "settings.toml")]) == 0
    assert capsys.readouterr().out == f"{home}\n"
    assert f"astetcdir => {home}/etc\n" in (home / "etc" / "asterisk.conf").read_text()
    assert f"PROMPTS = {home}/prompts\n" in (home / "etc" / "generated" / "extensions.conf").read_text()
    (tmp_path / "settings.toml").write_text("[pbx]\nsip_prot = 5060\n")
    assert lay_out_for_container([str(tmp_path / "settings.toml")]) == 1
    assert "pbx.sip_prot: there is no such setting" in capsys.readouterr().err


def test_compose_starts_what_exists_where_the_settings_put_it() -> None:
    compose = yaml.safe_load((DOCKER / "compose.yml").read_text())["services"]
    settings = load_settings(DOCKER / "settings.example.toml", {})
    assert str(settings.path(settings.pbx.directory)) == "/srv/instance"
    assert settings.pbx.managed is False
    for name, service in compose.items():
        assert (CHECKOUT / service["build"]["dockerfile"]).is_file(), name
        assert "instance:/srv/instance" in service["volumes"], name
        assert service["network_mode"] == "host", name
    assert compose["provision"]["entrypoint"] == ["python", "-m", "service.pbx.container"]
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert compose["service"]["command"][0] in commands
    asterisk = (DOCKER / "asterisk.Dockerfile").read_text()
    assert 'CMD ["-C", "/srv/instance/etc/asterisk.conf", "-f"]' in asterisk
