"""What a command runs on: the quick loop, and Ctrl-C as everywhere else."""

import asyncio
import signal

import pytest
import uvloop

from service import event_loop


async def _which() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_a_command_runs_on_the_quick_loop_and_leaves_none_behind() -> None:
    loop = event_loop.run(_which())
    assert isinstance(loop, uvloop.Loop)
    assert loop.is_closed()


def test_what_a_command_raises_goes_on() -> None:
    async def fails() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        event_loop.run(fails())


def test_ctrl_c_lets_a_command_end_its_work_first() -> None:
    ended: list[str] = []

    async def works() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0)
            ended.append("tidied up")

    with pytest.raises(KeyboardInterrupt):
        event_loop.run(works())
    assert ended == ["tidied up"]
