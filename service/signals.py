"""The signals that tell a command to stop.

SIGHUP comes when the terminal or the connection goes from which a command was started: it stops like any
other, unless whoever started it (``nohup``) had it ignored.
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterator


def stopping_signals() -> tuple[signal.Signals, ...]:
    """Return the signals at which a command is to stop."""
    hung_up_counts = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGTERM, signal.SIGINT, *((signal.SIGHUP,) if hung_up_counts else ()))


@contextlib.contextmanager
def all_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does: the command's coroutine is cancelled and cleans up."""
    loop, numbers = asyncio.get_running_loop(), set(stopping_signals()) - {signal.SIGINT}
    for number in numbers:
        loop.add_signal_handler(number, signal.raise_signal, signal.SIGINT)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def told_to_stop() -> None:
    """Wait for SIGTERM, Ctrl-C or SIGHUP."""
    told = asyncio.Event()
    loop, numbers = asyncio.get_running_loop(), stopping_signals()
    for number in numbers:
        loop.add_signal_handler(number, told.set)
    try:
        await told.wait()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
