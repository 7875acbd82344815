"""The signals that tell a command to stop, really sent to this process."""

import asyncio
import signal
from collections.abc import Iterator

import pytest

from service.signals import stopping_signals, told_to_stop


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_whoever_is_told_stops(number: signal.Signals) -> None:
    waiting = asyncio.create_task(told_to_stop())
    await asyncio.sleep(0)
    assert not waiting.done()
    signal.raise_signal(number)
    async with asyncio.timeout(5):
        await waiting


async def test_a_hang_up_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert stopping_signals() == (signal.SIGTERM, signal.SIGINT)
    waiting = asyncio.create_task(told_to_stop())
    await asyncio.sleep(0)
    signal.raise_signal(signal.SIGHUP)
    await asyncio.sleep(0)
    assert not waiting.done()
    signal.raise_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        await waiting
