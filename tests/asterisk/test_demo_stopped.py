"""The demo, told to stop in the middle of its calls: it goes at once and takes everything with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.asterisk

ENOUGH_S = 10.0
"""A person who pressed Ctrl-C waits no longer; talks of simulated customers are not waited for."""


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in map(int, found) for one in (child, *children(child))]


def locks(pid: int) -> list[Path]:
    held = [Path(os.readlink(one)) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()]
    return [path for path in held if path.suffix == ".lock" and path.parent.name == "run"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_demo_leaves_nothing(how: signal.Signals) -> None:
    argv = [str(Path(sys.executable).with_name("dialer")), "demo", "--headless"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        try:
            assert demo.stdout is not None
            talking = next(
                (line for line in demo.stdout if "talking  1" in line or "talking  2" in line), None
            )
            assert talking is not None, "the demo ended before anybody talked"
            started, lock = children(demo.pid), locks(demo.pid)
            assert started
            assert lock
            at = time.monotonic()
            demo.send_signal(how)
            demo.communicate(timeout=ENOUGH_S * 3)
            assert demo.returncode == 130
            assert time.monotonic() - at < ENOUGH_S
        finally:
            demo.kill()
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert not [path for path in lock if path.exists() or path.with_suffix("").exists()]
