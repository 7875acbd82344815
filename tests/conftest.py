"""What every test runs under. Peers and helpers of this folder are importable from every test below it."""

import asyncio
import gc
import signal
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
import structlog
from hypothesis import settings

# The machines that run these are shared: how long an example takes says nothing.
settings.register_profile("lean", deadline=None, database=None, max_examples=15)
settings.register_profile("deep", deadline=None, database=None, max_examples=50)
settings.load_profile("lean")  # --hypothesis-profile=deep, which `make test` gives, wins over this

# The default draws each traceback with its source and locals: half a second for one expected error.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.LogfmtRenderer(),
    ]
)

# All that is made while importing and collecting stays: looking for garbage among it is a fifth of that time.
gc.disable()

# A run started in the background inherits an ignored Ctrl-C, one under nohup an ignored hang-up, and so would
# the programs that it stops by them. The run itself goes on when its terminal hangs up.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all its tables: copying it is quicker than making it."""
    place = tmp_path_factory.mktemp("migrated") / "book.db"
    from store.schema import upgrade  # not for tests that need no database

    asyncio.run(upgrade(f"sqlite:///{place}"))
    return place


def pytest_collection_finish() -> None:
    """Take what importing and collecting made out of every later garbage collection: a tenth of the time."""
    gc.enable()
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each part took, all workers together: where to look when the whole takes too long."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds["/".join(PurePosixPath(report.nodeid).parts[:2])] += report.duration
    for part, took in seconds.most_common():
        terminalreporter.write_line(f"{part}: {took:.0f} s")
