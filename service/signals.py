"""The signals that tell a command to stop.

SIGHUP comes when the terminal or the connection goes from which a command was started: it stops like any
other, unless whoever started it (``nohup``) had it ignored.
"""

import asyncio
import signal


def stopping_signals() -> tuple[signal.Signals, ...]:
    """Return the signals at which a command is to stop."""
    hung_up_counts = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGTERM, signal.SIGINT, *((signal.SIGHUP,) if hung_up_counts else ()))


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
