"""An open store over a file of the test's own, and what its tests put into it."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store.opening import Store, open_store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
async def store(tmp_path: Path, url: str, migrated: Path) -> AsyncIterator[Store]:
    shutil.copyfile(migrated, tmp_path / "store.db")
    opened = await open_store(url)
    yield opened
    await opened.close()


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """The mask that most machines have: what is made with no mode of its own is open to all."""
    before = os.umask(0o022)
    yield
    os.umask(before)
