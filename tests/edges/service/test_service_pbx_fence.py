"""The fence in front of Asterisk: datagram sockets of IPv6 are refused, and nothing else is."""

import os
import socket
import subprocess
import sys

import pytest

from service.pbx import fence
from service.pbx.places import FENCE

TRY = """
import socket
for family in (socket.AF_INET, socket.AF_INET6):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        try:
            socket.socket(family, kind | socket.SOCK_CLOEXEC).close()
            print("open")
        except OSError as fault:
            print(fault.errno)
"""


@pytest.mark.parametrize("again", [[], [sys.executable, str(FENCE)]], ids=["once", "in a fence"])
def test_only_datagrams_of_ipv6_are_refused_and_exec_changes_nothing(again: list[str]) -> None:
    command = [sys.executable, "-I", str(FENCE), *again, "sh", "-c", 'exec "$0" -c "$1"', sys.executable, TRY]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert ran.stdout.split() == ["open", "open", str(fence.REFUSED), "open"]
    assert ran.stderr == ""


def test_where_no_fence_can_be_had_the_program_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(fence, "SOCKET", {})
    monkeypatch.setattr(os, "execvp", lambda _, command: became.append(command))
    fence.main(["asterisk", "-f"])
    assert became == [["asterisk", "-f"]]
    assert "no filter for" in capsys.readouterr().err
    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()
