"""What commands run inside the tests' process work with.

They set up logging for a program of their own; no later test has it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from structlog.testing import capture_logs

if TYPE_CHECKING:
    from served_console import Served


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Put the configuration of the logs back: a command writes to its own stream, from its own level on."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def served(tmp_path: Path) -> "Iterator[Served]":
    """A console on a loopback port, for commands that ask it."""
    from served_console import Served  # not for tests that need no console

    with Served(tmp_path / "uploads") as server:
        yield server


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing of this machine's settings is seen, and the log of this very process stays as it is."""
    monkeypatch.setattr("service.cli.log_to", lambda out, level: None)
    for name in ("DIALER_SETTINGS", "DIALER_AMI_SECRET", "DIALER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with capture_logs():
        yield
