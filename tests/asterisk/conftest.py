"""A real Asterisk for these tests. Nothing is skipped: without one the run fails and says how."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_loop import run_apart

from service.pbx.errors import NoAsterisk
from service.pbx.pair import Pair
from service.pbx.pair import pair as start_pair
from service.pbx.source import Source, find_source
from service.pbx.workdir import workdir

START_S = 60.0  # a busy machine takes ten times as long as an idle one

_found: Source | NoAsterisk | None = None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the stories, which take longest: short files then fill what each worker has left."""
    items.sort(key=lambda item: not item.path.name.startswith("test_holds_"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find, and if need be build, Asterisk before the first test's time limit runs."""
    wanted = any("asterisk_source" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not session.config.option.collectonly:
        _find()


def _find() -> Source | NoAsterisk:
    global _found
    if _found is None:
        try:
            _found = find_source(say=lambda line: sys.stderr.write(f"\n{line}\n"))
        except NoAsterisk as error:
            _found = error
    return _found


@pytest.fixture(scope="session")
def asterisk_source() -> Source:
    """Where Asterisk comes from on this machine; a failure, not a skip, when there is none."""
    found = _find()
    if isinstance(found, NoAsterisk):
        pytest.fail(f"no Asterisk for the tests: {found}", pytrace=False)
    return found


async def level_pair(source: Source, path: Path) -> Pair:
    """Start a pair of equals: beside others of ours that go first, a network's sound has gaps."""
    return await start_pair(source, path, start_timeout_s=START_S, goes_first=False)


@pytest.fixture(scope="module")
def pair(asterisk_source: Source) -> Iterator[Pair]:
    """Our PBX and the simulated network, one pair for a module's tests. Leave no call behind."""
    with workdir() as path:
        running = run_apart(level_pair(asterisk_source, path))
        try:
            yield running
        finally:
            run_apart(running.stop())


@pytest.fixture
def own_pair(asterisk_source: Source) -> Iterator[Pair]:
    """A pair for one test that kills, stops or floods it."""
    with workdir() as path:
        running = run_apart(level_pair(asterisk_source, path))
        try:
            yield running
        finally:
            run_apart(running.stop())
