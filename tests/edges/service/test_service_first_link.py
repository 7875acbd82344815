"""The service and its first link: an Asterisk that is not up is waited for, a wrong secret ends the start."""

import socket
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from scripted_ami import ScriptedAmi

from service.app import open_service
from service.clock import SystemClock
from service.errors import CannotStart
from service.serve import switch_of
from service.settings import Settings
from service.settings_file import parse_settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def settings(peer: ScriptedAmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DIALER_AMI_SECRET", "shh")
    text = f"http.port = 0\n[pbx]\nmanaged = false\nami_port = {peer.port}\nagi_port = {free_port()}\n"
    return parse_settings(text, tmp_path, {})


async def test_without_an_asterisk_the_service_waits_and_says_so(
    peer: ScriptedAmi, settings: Settings
) -> None:
    await peer.refuse_connections()
    service = await open_service(settings, await switch_of(settings), SystemClock())
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{service.url}/health") as answer:
            told = await answer.json()
        assert (answer.status, told["status"]) == (503, "failing")
        (switch,) = [part for part in told["parts"] if part["name"] == "switch"]
        where = f"cannot connect to 127.0.0.1:{peer.port}"
        assert switch["detail"].startswith(f"waiting for Asterisk: {where}")
    finally:
        await service.stop()
    assert not listens(settings.pbx.agi_port)


async def test_a_wrong_secret_ends_the_start_at_once_and_leaves_nothing_listening(
    peer: ScriptedAmi, settings: Settings
) -> None:
    peer.login_refusal = "Authentication failed"
    with pytest.raises(CannotStart, match=f"manager user 'dialer' at 127.0.0.1:{peer.port}"):
        await open_service(settings, await switch_of(settings), SystemClock())
    assert not listens(settings.pbx.agi_port)


@pytest.mark.parametrize("ours", [True, False])
async def test_a_refusal_by_somebody_elses_asterisk_is_told_from_one_by_ours(
    ours: bool, peer: ScriptedAmi, settings: Settings
) -> None:
    peer.login_refusal = "Authentication failed"
    switch = replace(await switch_of(settings), ours_runs=lambda: ours)
    with pytest.raises(CannotStart) as refused:
        await open_service(settings, switch, SystemClock())
    assert ("not our Asterisk, which does not run" in str(refused.value)) is not ours
